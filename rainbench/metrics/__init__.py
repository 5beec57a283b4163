"""The truth of numbers: planes, PSNR and SSIM, and which protocol a number came of."""
