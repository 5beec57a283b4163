/* Convolutions of few channels, as the networks of de-raining have them, with their activation.

   The distance between a kernel's pixels is `dilation`, and zeros lie beyond the edges, so that
   sizes stay. Each sum goes through a leaky ReLU: below zero it is multiplied by `slope`, which is
   above zero; 1 is none. Functions return 0, or 1 where there is no memory. */

#include "sums.h"

/* Floats that are gone through at one kernel position after another: the first cache holds them. */
enum { CACHED = 8192 };

/* Planes with zeros around them, and some more behind each row. */
typedef struct {
    float *at;
    int around;
    long stride, plane;
} padded;

/* Make room for planes of a size; `at` is NULL where there is no memory. */
static padded make_room(long planes, int height, int width, int around) {
    padded to = {.around = around};
    to.stride = (width + 2 * around + 2 * LANES - 1) / LANES * LANES;
    to.plane = (height + 2 * around) * to.stride;
    to.at = aligned_alloc(64, ((planes * to.plane + LANES) * sizeof(float) + 63) / 64 * 64);
    return to;
}

/* Fill a plane from `x`; given `y`, with the gradient before the activation that made it. */
static void surround(padded to, long plane, const float *x, const float *y, float slope, int height,
                     int width) {
    float *at = to.at + plane * to.plane;
    int above = to.around;
    memset(at, 0, above * to.stride * sizeof(float));
    for (int r = 0; r < height; r++) {
        float *row = at + (r + above) * to.stride;
        const float *from = x + (plane * height + r) * width;
        memset(row, 0, above * sizeof(float));
        if (y == NULL) memcpy(row + above, from, width * sizeof(float));
        else before_activation(from, y + (plane * height + r) * width, slope, width, row + above);
        memset(row + above + width, 0, (to.stride - above - width) * sizeof(float));
    }
    memset(at + (height + above) * to.stride, 0, above * to.stride * sizeof(float));
}

/* Convolve images that have zeros around them. */
static void convolve_padded(padded x, const float *weights, const float *bias, float slope,
                            float *y, int images, int inputs, int outputs, int height, int width,
                            int kernel, int dilation, int threads) {
    long pixels = (long)height * width;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 8)
    for (long each = 0; each < (long)images * height; each++) {
        long n = each / height, r = each % height;
        const float *map = x.at + n * inputs * x.plane + r * x.stride;
        sources from = {.maps = &map, .count = 1, .inputs = inputs, .kernel = kernel,
                        .dilation = dilation, .stride = x.stride, .plane = x.plane};
        sum_all(&from, 0, width, outputs, inputs * kernel * kernel, weights, bias, slope,
                y + n * outputs * pixels + r * width, pixels);
    }
}

/* y = leaky_relu(conv(x, weights) + bias) */
int convolve(const float *x, const float *weights, const float *bias, float slope, float *y,
             int images, int inputs, int outputs, int height, int width, int kernel, int dilation,
             int threads) {
    int taps = kernel * kernel;
    padded around = make_room((long)images * inputs, height, width, dilation * (kernel / 2));
    float *ready = arranged(weights, outputs, inputs * taps, inputs, taps, taps, 0);
    int failed = around.at == NULL || ready == NULL;
    if (!failed) {
#pragma omp parallel for num_threads(threads) schedule(dynamic)
        for (long plane = 0; plane < (long)images * inputs; plane++)
            surround(around, plane, x, NULL, 0, height, width);
        convolve_padded(around, ready, bias, slope, y, images, inputs, outputs, height, width,
                        kernel, dilation, threads);
    }
    free(around.at), free(ready);
    return failed;
}

/* The gradients of x (NULL: not asked for), weights and bias, from that of y. */
int convolve_back(const float *x, const float *weights, const float *y, const float *g, float slope,
                  float *x_gradient, float *weights_gradient, float *bias_gradient, int images,
                  int inputs, int outputs, int height, int width, int kernel, int dilation,
                  int threads) {
    int around = dilation * (kernel / 2), taps = kernel * kernel;
    long size = (long)outputs * inputs * taps, own = size + outputs;
    padded before = make_room((long)images * inputs, height, width, around);
    padded behind = make_room((long)images * outputs, height, width, around);
    float *turned = arranged(weights, inputs, taps, outputs, (long)inputs * taps, taps, 1);
    float *sums = calloc(own * threads, sizeof(float));
    int failed = before.at == NULL || behind.at == NULL || turned == NULL || sums == NULL;
    if (!failed) {
        long planes = (long)images * (inputs + outputs);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
        for (long plane = 0; plane < planes; plane++)
            if (plane < (long)images * inputs) surround(before, plane, x, NULL, 0, height, width);
            else surround(behind, plane - (long)images * inputs, g, y, slope, height, width);
        if (x_gradient != NULL)
            convolve_padded(behind, turned, NULL, 1, x_gradient, images, outputs, inputs, height,
                            width, kernel, dilation, threads);
        int rows = CACHED / ((long)width * (inputs + outputs)) + 1;
        long parts = (height + rows - 1) / rows, all = images * parts;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++)
            for (long part = all * thread / threads; part < all * (thread + 1) / threads; part++) {
                long n = part / parts, first = part % parts * rows;
                int some = least(rows, height - first);
                const float *inner = behind.at + n * outputs * behind.plane +
                                     (first + around) * behind.stride + around;
                const float *outer = before.at + n * inputs * before.plane + first * before.stride;
                float *own_sums = sums + own * thread;
                for (int tap = 0; tap < taps; tap++)
                    correlate_all(inner, outputs, behind.stride, behind.plane,
                                  outer + dilation * (tap / kernel * before.stride + tap % kernel),
                                  inputs, before.stride, before.plane, some, width, own_sums + tap,
                                  (long)inputs * taps, taps);
                for (int o = 0; o < outputs; o++)
                    own_sums[size + o] += total(inner + o * behind.plane,
                                                (some - 1) * behind.stride + width);
            }
        gather(sums, own, threads, sums);
        memcpy(weights_gradient, sums, size * sizeof(float));
        memcpy(bias_gradient, sums + size, outputs * sizeof(float));
    }
    free(before.at), free(behind.at), free(turned), free(sums);
    return failed;
}

