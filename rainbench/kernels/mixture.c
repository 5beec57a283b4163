/* Mixtures: a 1x1 convolution over maps that lie apart, with its activation.

   Each sum goes through a leaky ReLU: below zero it is multiplied by `slope`, which is above zero;
   1 is none. Functions return 0, or 1 where there is no memory. */

#include <omp.h>

#include "sums.h"

/* Planes that are gone through together: a processor's caches and tables of pages hold no more. */
enum { TOGETHER = 30 };

/* y = leaky_relu(sum of the weights' part times each map + sum of the others + bias)

   Maps are (N, C, H, W) each, others and y (N, O, H, W), weights (O, maps * C). */
int mix(const float *const *maps, int count, const float *const *others, int other_count,
        const float *weights, const float *bias, float slope, float *y, int images, int channels,
        int outputs, long pixels, int threads) {
    int group = channels < TOGETHER ? TOGETHER / channels : 1, failed = 0;
    int groups = count > group ? (count + group - 1) / group : 1;
    long chunks = chunks_of(pixels), room = kept_of(outputs, 2 * CHUNK);
    vector *kept = groups > 1 ? malloc(room * threads * sizeof(vector)) : NULL;
    failed |= groups > 1 && kept == NULL;
    float *ready[groups];
    for (int g = 0; g < groups; g++) {
        int first = g * group, length = least(group, count - first) * channels;
        ready[g] = arranged(weights + first * channels, outputs, count * channels, length, 1, 1, 0);
        failed |= ready[g] == NULL;
    }
#pragma omp parallel for num_threads(threads) schedule(dynamic, 2)
    for (long each = 0; each < (failed ? 0 : images * chunks); each++) {
        long n = each / chunks, at = each % chunks * CHUNK;
        const float *here[count + 1], *there[other_count + 1];
        for (int m = 0; m < count; m++) here[m] = maps[m] + n * channels * pixels;
        for (int m = 0; m < other_count; m++) there[m] = others[m] + n * outputs * pixels;
        for (int g = 0; g < groups; g++) {
            int first = g * group, some = least(group, count - first);
            sources from = {.maps = here + first, .others = there, .count = some,
                            .other_count = other_count, .inputs = channels, .kernel = 1,
                            .plane = pixels, .other_plane = pixels,
                            .kept = kept ? kept + room * omp_get_thread_num() : NULL,
                            .goes_on = g > 0, .leaves = g + 1 < groups};
            sum_all(&from, at, chunk_end(each % chunks, pixels) - at, outputs, some * channels,
                    ready[g], bias, slope, y + n * outputs * pixels + at, pixels);
        }
    }
    for (int g = 0; g < groups; g++) free(ready[g]);
    free(kept);
    return failed;
}

/* The gradients of maps (NULL: not asked for), of every one of the others, of weights and bias. */
int mix_back(const float *const *maps, int count, const float *weights, const float *y,
             const float *g, float slope, float *const *map_gradients, float *other_gradient,
             float *weights_gradient, float *bias_gradient, int images, int channels, int outputs,
             long pixels, int threads) {
    int length = count * channels, failed = 0;
    long size = (long)outputs * length, own = size + outputs, chunks = chunks_of(pixels);
    long room = outputs * 2 * CHUNK;
    float *turned[count + 1];
    for (int m = 0; m < count; m++) {
        turned[m] = arranged(weights + m * channels, channels, 1, outputs, length, 1, 0);
        failed |= turned[m] == NULL;
    }
    float *sums = calloc((own + room) * threads, sizeof(float));
    failed |= sums == NULL;
    if (!failed) {
        long all = images * chunks;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++) {
            float *own_sums = sums + own * thread, *behind = sums + own * threads + room * thread;
            for (long each = all * thread / threads; each < all * (thread + 1) / threads; each++) {
                long n = each / chunks, at = each % chunks * CHUNK;
                long some = chunk_end(each % chunks, pixels) - at;
                for (int o = 0; o < outputs; o++) {
                    long plane = (n * outputs + o) * pixels + at;
                    float *row = behind + o * some;
                    before_activation(g + plane, y + plane, slope, some, row);
                    own_sums[size + o] += total(row, some);
                    if (other_gradient) memcpy(other_gradient + plane, row, some * sizeof(float));
                }
                const float *map = behind;
                sources from = {.maps = &map, .count = 1, .inputs = outputs, .kernel = 1,
                                .plane = some};
                for (int m = 0; m < count; m++) {
                    long place = n * channels * pixels + at;
                    if (map_gradients[m])
                        sum_all(&from, 0, some, channels, outputs, turned[m], NULL, 1,
                                map_gradients[m] + place, pixels);
                    correlate_all(behind, outputs, 0, some, maps[m] + place, channels, 0, pixels, 1,
                                  some, own_sums + m * channels, length, 1);
                }
            }
        }
        gather(sums, own, threads, sums);
        memcpy(weights_gradient, sums, size * sizeof(float));
        memcpy(bias_gradient, sums + size, outputs * sizeof(float));
    }
    for (int m = 0; m < count; m++) free(turned[m]);
    free(sums);
    return failed;
}
