/* Mixtures of pairs of maps, and of what comes of them once more, with their activations.

   What lies between is of one chunk of an image alone, which the second cache holds, and is worked
   out anew for gradients: to write it and to read it again costs more than to compute it.

   Below zero activations multiply by `slope`, which is above zero. Functions return 0, or 1 where
   there is no memory. */

#include <omp.h>

#include "sums.h"

enum { MOST_PAIRS = 4 };

/* Which maps each pair is of, and the weights (C, 2 C) and bias (C,) that mix it; the weights
   (O, pairs * C) and bias (O,) of the last mixture. What lies between is of one chunk alone. */
typedef struct {
    int count, channels, outputs;
    const int *members; /* two of each pair */
    const float *const *weights, *const *biases, *last_weights, *last_bias;
    float slope;
} pairing;

/* Weights as `sum_all` takes them: of each pair, and of the last mixture. */
typedef struct {
    float *of_pair[MOST_PAIRS], *last;
} ready_weights;

static int make_ready(const pairing *pairs, ready_weights *ready) {
    int channels = pairs->channels, length = pairs->count * channels, failed = 0;
    for (int p = 0; p < pairs->count; p++) {
        ready->of_pair[p] =
            arranged(pairs->weights[p], channels, 2 * channels, 2 * channels, 1, 1, 0);
        failed |= ready->of_pair[p] == NULL;
    }
    ready->last = arranged(pairs->last_weights, pairs->outputs, length, length, 1, 1, 0);
    return failed | (ready->last == NULL);
}

static void forget(const pairing *pairs, ready_weights *ready) {
    for (int p = 0; p < pairs->count; p++) free(ready->of_pair[p]);
    free(ready->last);
}

/* Mix each pair of some pixels of maps; pair p's channels lie at `between[p]`, `some` apart. */
static void mix_each(const pairing *pairs, const ready_weights *ready, const float *const *maps,
                     long place, long pixels, long some, float *const *between) {
    for (int p = 0; p < pairs->count; p++) {
        const float *two[] = {maps[pairs->members[2 * p]] + place,
                              maps[pairs->members[2 * p + 1]] + place};
        sources from = {.maps = two, .count = 2, .inputs = pairs->channels, .kernel = 1,
                        .plane = pixels};
        sum_all(&from, 0, some, pairs->channels, 2 * pairs->channels, ready->of_pair[p],
                pairs->biases[p], pairs->slope, between[p], some);
    }
}

/* Mix pairs of maps, (N, C, H, W) each, and what comes of them once more: y, (N, O, H, W). */
int mix_pairs(const float *const *maps, int count, const int *members,
              const float *const *weights, const float *const *biases, const float *last_weights,
              const float *last_bias, float slope, float *y, int images, int channels, int outputs,
              long pixels, int threads) {
    pairing pairs = {count,  channels,     outputs,   members, weights,
                     biases, last_weights, last_bias, slope};
    ready_weights ready;
    long chunks = chunks_of(pixels), all = images * chunks, room = (long)channels * 2 * CHUNK;
    float *space = malloc(room * count * threads * sizeof(float));
    int failed = make_ready(&pairs, &ready) | (space == NULL);
    if (!failed) {
#pragma omp parallel num_threads(threads)
        {
            float *between[MOST_PAIRS];
            for (int p = 0; p < count; p++)
                between[p] = space + room * (count * omp_get_thread_num() + p);
#pragma omp for schedule(dynamic, 2)
            for (long each = 0; each < all; each++) {
                long n = each / chunks, at = each % chunks * CHUNK;
                long some = chunk_end(each % chunks, pixels) - at;
                mix_each(&pairs, &ready, maps, n * channels * pixels + at, pixels, some, between);
                sources from = {.maps = (const float *const *)between, .count = count,
                                .inputs = channels, .kernel = 1, .plane = some};
                sum_all(&from, 0, some, outputs, count * channels, ready.last, last_bias, slope,
                        y + n * outputs * pixels + at, pixels);
            }
        }
    }
    forget(&pairs, &ready);
    free(space);
    return failed;
}

/* Which members of pairs a map is; returns how many. */
static int members_of(const pairing *pairs, int map, int *members) {
    int found = 0;
    for (int member = 0; member < 2 * pairs->count; member++)
        if (pairs->members[member] == map) members[found++] = member;
    return found;
}

/* The weights that lead from the pairs that have a map back to it, as `sum_all` takes them. */
static float *back_to_map(const pairing *pairs, const int *members, int count) {
    int channels = pairs->channels, block = block_of(channels);
    float *space = malloc(((long)count * channels * channels + 1) * sizeof(float)), *to = space;
    for (int first = 0; space != NULL && first < channels; first += block)
        for (int i = 0; i < count; i++)
            for (int o = 0; o < channels; o++)
                for (int c = first; c < least(first + block, channels); c++)
                    *to++ = pairs->weights[members[i] / 2][(2 * o + members[i] % 2) * channels + c];
    return space;
}

/* The gradients of maps, and of all weights and biases: those of pair after pair, then the last. */
int mix_pairs_back(const float *const *maps, int map_count, int count, const int *members,
                   const float *const *weights, const float *const *biases,
                   const float *last_weights, float slope, const float *y, const float *g,
                   float *const *map_gradients, float *parameter_gradients, int images,
                   int channels, int outputs, long pixels, int threads) {
    pairing pairs = {count,  channels,     outputs, members, weights,
                     biases, last_weights, NULL,    slope};
    ready_weights ready;
    int failed = make_ready(&pairs, &ready), two = 2 * channels, length = count * channels;
    long of_pair = (long)channels * two + channels;
    long own = count * of_pair + (long)outputs * length + outputs;
    long chunks = chunks_of(pixels), all = images * chunks;
    long room = 2L * CHUNK, whole = room * (2 * length + outputs);
    float *to_pair[MOST_PAIRS], *to_map[map_count];
    int having[map_count][2 * MOST_PAIRS], have[map_count];
    for (int p = 0; p < count; p++) {
        to_pair[p] = arranged(last_weights + p * channels, channels, 1, outputs, length, 1, 0);
        failed |= to_pair[p] == NULL;
    }
    for (int m = 0; m < map_count; m++) {
        have[m] = members_of(&pairs, m, having[m]);
        to_map[m] = back_to_map(&pairs, having[m], have[m]);
        failed |= to_map[m] == NULL;
    }
    float *sums = calloc((own + whole) * threads, sizeof(float));
    failed |= sums == NULL;
    if (!failed) {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++) {
            float *own_sums = sums + own * thread, *space = sums + own * threads + whole * thread;
            float *between[MOST_PAIRS], *behind[MOST_PAIRS], *last = space + 2 * length * room;
            float *last_sums = own_sums + count * of_pair;
            for (int p = 0; p < count; p++) {
                between[p] = space + p * channels * room;
                behind[p] = space + (length + p * channels) * room;
            }
            for (long each = all * thread / threads; each < all * (thread + 1) / threads; each++) {
                long n = each / chunks, at = each % chunks * CHUNK;
                long some = chunk_end(each % chunks, pixels) - at;
                long place = n * channels * pixels + at;
                mix_each(&pairs, &ready, maps, place, pixels, some, between);
                for (int o = 0; o < outputs; o++) {
                    long plane = (n * outputs + o) * pixels + at;
                    before_activation(g + plane, y + plane, slope, some, last + o * some);
                    last_sums[outputs * length + o] += total(last + o * some, some);
                }
                const float *map = last;
                sources from = {.maps = &map, .count = 1, .inputs = outputs, .kernel = 1,
                                .plane = some};
                for (int p = 0; p < count; p++) {
                    float *pair_sums = own_sums + p * of_pair;
                    correlate_all(last, outputs, 0, some, between[p], channels, 0, some, 1, some,
                                  last_sums + p * channels, length, 1);
                    sum_all(&from, 0, some, channels, outputs, to_pair[p], NULL, 1, behind[p],
                            some);
                    before_activation(behind[p], between[p], slope, channels * some, behind[p]);
                    for (int o = 0; o < channels; o++)
                        pair_sums[channels * two + o] += total(behind[p] + o * some, some);
                    for (int member = 0; member < 2; member++)
                        correlate_all(behind[p], channels, 0, some,
                                      maps[members[2 * p + member]] + place, channels, 0, pixels,
                                      1, some, pair_sums + member * channels, two, 1);
                }
                for (int m = 0; m < map_count; m++) {
                    const float *those[2 * MOST_PAIRS];
                    for (int i = 0; i < have[m]; i++) those[i] = behind[having[m][i] / 2];
                    sources back = {.maps = those, .count = have[m], .inputs = channels,
                                    .kernel = 1, .plane = some};
                    sum_all(&back, 0, some, channels, have[m] * channels, to_map[m], NULL, 1,
                            map_gradients[m] + place, pixels);
                }
            }
        }
        gather(sums, own, threads, parameter_gradients);
    }
    for (int p = 0; p < count; p++) free(to_pair[p]);
    for (int m = 0; m < map_count; m++) free(to_map[m]);
    forget(&pairs, &ready);
    free(sums);
    return failed;
}
