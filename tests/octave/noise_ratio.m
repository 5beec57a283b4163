function decibels = noise_ratio(x, y)
% Peak signal-to-noise ratio in dB of two arrays on 0..255.
  difference = double(x(:)) - double(y(:));
  decibels = 10 * log10(255 ^ 2 / mean(difference .^ 2));
end
