function value = mean_ssim(x, y, edges)
% Mean SSIM of two planes on 0..255 under an 11x11 Gaussian of sigma 1.5 (Wang et al., 2004).
% edges: 'valid' leaves windows over the border out, 'replicate' repeats the border's pixels.
  window = fspecial('gaussian', 11, 1.5);
  if strcmp(edges, 'replicate')
    average = @(plane) conv2(extended(plane, 5), window, 'valid');
  else
    average = @(plane) conv2(plane, window, 'valid');
  end
  mx = average(x);
  my = average(y);
  vx = average(x .^ 2) - mx .^ 2;
  vy = average(y .^ 2) - my .^ 2;
  cov = average(x .* y) - mx .* my;
  c1 = (0.01 * 255) ^ 2;
  c2 = (0.03 * 255) ^ 2;
  luminance = (2 * mx .* my + c1) ./ (mx .^ 2 + my .^ 2 + c1);
  structure = (2 * cov + c2) ./ (vx + vy + c2);
  value = mean(reshape(luminance .* structure, [], 1));
end

function wide = extended(plane, margin)
  rows = min(max((1 - margin):(size(plane, 1) + margin), 1), size(plane, 1));
  columns = min(max((1 - margin):(size(plane, 2) + margin), 1), size(plane, 2));
  wide = plane(rows, columns);
end
