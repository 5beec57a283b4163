function small = shrunk(plane)
% A plane as Wang's SSIM with automatic down-sampling sees it: a mean filter with mirrored
% edges, every f-th pixel, f = max(1, round(shorter side / 256)). imfilter decides where an even
% filter's centre lies; round, which way a half goes.
  f = max(1, round(min(size(plane)) / 256));
  small = plane;
  if f > 1
    small = imfilter(plane, ones(f) / f ^ 2, 'symmetric', 'same');
    small = small(1:f:end, 1:f:end);
  end
end
