function score_pairs(folder)
% Score each pair NAME-restored.png, NAME-clean.png in a folder; a line a protocol:
%   NAME PROTOCOL PSNR_DB SSIM
  files = dir(fullfile(folder, '*-clean.png'));
  for k = 1:numel(files)
    name = strrep(files(k).name, '-clean.png', '');
    x = imread(fullfile(folder, [name '-restored.png']));
    y = imread(fullfile(folder, files(k).name));
    [xf, x8] = y_planes(x);
    [yf, y8] = y_planes(y);
    report(name, 'y-prenet', noise_ratio(xf, yf), mean_ssim(shrunk(xf), shrunk(yf), 'valid'));
    report(name, 'y-restormer', noise_ratio(x8, y8), mean_ssim(x8, y8, 'valid'));
    report(name, 'y-basicsr', noise_ratio(xf, yf), mean_ssim(xf, yf, 'valid'));
    report(name, 'y-matlab', noise_ratio(xf, yf), mean_ssim(xf, yf, 'replicate'));
    channels = zeros(1, 3);
    for c = 1:3
      channels(c) = mean_ssim(double(x(:, :, c)), double(y(:, :, c)), 'valid');
    end
    report(name, 'rgb-gauss', noise_ratio(x, y), mean(channels));
  end
end

function report(name, protocol, decibels, similarity)
  printf('%s %s %.15g %.15g\n', name, protocol, decibels, similarity);
end
