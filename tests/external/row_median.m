% row_median.m INPUT OUTPUT: a five-wide median along the rows of every picture, never brighter.
args = argv ();
files = dir (fullfile (args{1}, "*.png"));
for k = 1:numel (files)
  rainy = imread (fullfile (args{1}, files(k).name));
  wide = rainy(:, min (max ((1:columns (rainy) + 4) - 2, 1), columns (rainy)), :);
  stack = [];
  for shift = 0:4
    stack = cat (4, stack, wide(:, (1:columns (rainy)) + shift, :));
  end
  imwrite (min (rainy, median (stack, 4)), fullfile (args{2}, files(k).name));
end
