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

/* The ways that gradients go: from the last mixture to each pair, and from pairs to each map. */
typedef struct {
    int maps, have[2 * MOST_PAIRS]; /* how many members of pairs a map is */
    int having[2 * MOST_PAIRS][2 * MOST_PAIRS]; /* and which */
    float *to_pair[MOST_PAIRS], *to_map[2 * MOST_PAIRS]; /* weights, as `sum_all` takes them */
} ways_back;

static int members_of(const pairing *pairs, int map, int *members) {
    int found = 0;
    for (int member = 0; member < 2 * pairs->count; member++)
        if (pairs->members[member] == map) members[found++] = member;
    return found;
}

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

static int find_ways(const pairing *pairs, int maps, ways_back *ways) {
    int channels = pairs->channels, length = pairs->count * channels, failed = 0;
    ways->maps = maps;
    for (int p = 0; p < pairs->count; p++) {
        ways->to_pair[p] = arranged(pairs->last_weights + p * channels, channels, 1,
                                    pairs->outputs, length, 1, 0);
        failed |= ways->to_pair[p] == NULL;
    }
    for (int m = 0; m < maps; m++) {
        ways->have[m] = members_of(pairs, m, ways->having[m]);
        ways->to_map[m] = back_to_map(pairs, ways->having[m], ways->have[m]);
        failed |= ways->to_map[m] == NULL;
    }
    return failed;
}

static void forget_ways(const pairing *pairs, ways_back *ways) {
    for (int p = 0; p < pairs->count; p++) free(ways->to_pair[p]);
    for (int m = 0; m < ways->maps; m++) free(ways->to_map[m]);
}

/* What a thread has to itself: gradients of the parameters, of pair after pair and then of the last
   mixture, and space for one chunk of what lies between and of the gradients behind it. */
typedef struct {
    float *of_pair[MOST_PAIRS], *of_last;
    float *between[MOST_PAIRS], *behind[MOST_PAIRS], *last;
} bench;

static long sums_of_pair(const pairing *pairs) {
    return (2L * pairs->channels + 1) * pairs->channels;
}

static long sums_of_last(const pairing *pairs) {
    return ((long)pairs->count * pairs->channels + 1) * pairs->outputs;
}

static long space_of_chunk(const pairing *pairs) {
    return 2L * CHUNK * (2 * pairs->count * pairs->channels + pairs->outputs);
}

static bench lay_out(const pairing *pairs, float *sums, float *space) {
    long room = 2L * CHUNK * pairs->channels;
    bench own = {.of_last = sums + pairs->count * sums_of_pair(pairs),
                 .last = space + 2 * pairs->count * room};
    for (int p = 0; p < pairs->count; p++) {
        own.of_pair[p] = sums + p * sums_of_pair(pairs);
        own.between[p] = space + p * room;
        own.behind[p] = space + (pairs->count + p) * room;
    }
    return own;
}

/* Go back from the last mixture of some pixels, whose gradient and output `g` and `y` are. */
static void last_back(const pairing *pairs, const bench *own, const float *g, const float *y,
                      long pixels, long some) {
    int channels = pairs->channels, length = pairs->count * channels, outputs = pairs->outputs;
    for (int o = 0; o < outputs; o++) {
        before_activation(g + o * pixels, y + o * pixels, pairs->slope, some, own->last + o * some);
        own->of_last[outputs * length + o] += total(own->last + o * some, some);
    }
    for (int p = 0; p < pairs->count; p++)
        correlate_all(own->last, outputs, 0, some, own->between[p], channels, 0, some, 1, some,
                      own->of_last + p * channels, length, 1);
}

/* Go back from what the last mixture has found to pair p of some pixels of maps. */
static void pair_back(const pairing *pairs, const ways_back *ways, const bench *own, int p,
                      const float *const *maps, long place, long pixels, long some) {
    int channels = pairs->channels, two = 2 * channels;
    const float *last = own->last;
    float *behind = own->behind[p], *sums = own->of_pair[p];
    sources from = {.maps = &last, .count = 1, .inputs = pairs->outputs, .kernel = 1,
                    .plane = some};
    sum_all(&from, 0, some, channels, pairs->outputs, ways->to_pair[p], NULL, 1, behind, some);
    before_activation(behind, own->between[p], pairs->slope, channels * some, behind);
    for (int o = 0; o < channels; o++) sums[channels * two + o] += total(behind + o * some, some);
    for (int member = 0; member < 2; member++)
        correlate_all(behind, channels, 0, some, maps[pairs->members[2 * p + member]] + place,
                      channels, 0, pixels, 1, some, sums + member * channels, two, 1);
}

/* Go back from all pairs to some pixels of map m. */
static void map_back(const pairing *pairs, const ways_back *ways, const bench *own, int m,
                     float *gradient, long pixels, long some) {
    const float *those[2 * MOST_PAIRS];
    int channels = pairs->channels, have = ways->have[m];
    for (int i = 0; i < have; i++) those[i] = own->behind[ways->having[m][i] / 2];
    sources from = {.maps = those, .count = have, .inputs = channels, .kernel = 1, .plane = some};
    sum_all(&from, 0, some, channels, have * channels, ways->to_map[m], NULL, 1, gradient, pixels);
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
    ways_back ways;
    long sums = count * sums_of_pair(&pairs) + sums_of_last(&pairs), space = space_of_chunk(&pairs);
    long chunks = chunks_of(pixels), all = images * chunks;
    float *store = calloc((sums + space) * threads, sizeof(float));
    int failed = make_ready(&pairs, &ready) | find_ways(&pairs, map_count, &ways) | (store == NULL);
    if (!failed) {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int thread = 0; thread < threads; thread++) {
            bench own =
                lay_out(&pairs, store + sums * thread, store + sums * threads + space * thread);
            for (long each = all * thread / threads; each < all * (thread + 1) / threads; each++) {
                long n = each / chunks, at = each % chunks * CHUNK;
                long some = chunk_end(each % chunks, pixels) - at;
                long place = n * channels * pixels + at, out = n * outputs * pixels + at;
                mix_each(&pairs, &ready, maps, place, pixels, some, own.between);
                last_back(&pairs, &own, g + out, y + out, pixels, some);
                for (int p = 0; p < count; p++)
                    pair_back(&pairs, &ways, &own, p, maps, place, pixels, some);
                for (int m = 0; m < map_count; m++)
                    map_back(&pairs, &ways, &own, m, map_gradients[m] + place, pixels, some);
            }
        }
        gather(store, sums, threads, parameter_gradients);
    }
    forget(&pairs, &ready);
    forget_ways(&pairs, &ways);
    free(store);
    return failed;
}
