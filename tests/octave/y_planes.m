function [exact, rounded] = y_planes(rgb)
% Luma of 8-bit RGB as rgb2ycbcr defines it, on 0..255: as a double, and rounded to 8 bit.
% Own arithmetic from the published matrix row [65.481 128.553 24.966] and offset 16.
  weights = [65.481, 128.553, 24.966];
  unit = double(rgb) / 255;
  exact = 16 + weights(1) * unit(:, :, 1) + weights(2) * unit(:, :, 2) + weights(3) * unit(:, :, 3);
  rounded = double(uint8(exact));
end
