/* What the kernels beside this file share: sums of products of few channels.

   Arrays are float32 in C order: images (N, C, H, W), weights (O, I, K, K), K odd. Vectors run
   along the width, so that no count of channels leaves a lane empty; rows are no shorter than one.
   What a position of a kernel contributes to several outputs and vectors of pixels is summed in
   registers. Every sum is made in an order that the number of threads fixes. */

#ifndef SUMS_H
#define SUMS_H

#include <stdlib.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#define REGISTERS 32
enum { BLOCK = 10, TILE_OUTPUTS = 5, TILE_INPUTS = 5 };
#elif defined(__AVX__)
#define LANES 8
#define REGISTERS 16
enum { BLOCK = 5, TILE_OUTPUTS = 5, TILE_INPUTS = 2 };
#else
#define LANES 4
#define REGISTERS 32
enum { BLOCK = 10, TILE_OUTPUTS = 5, TILE_INPUTS = 5 };
#endif

typedef float vector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int mask __attribute__((vector_size(LANES * 4)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

/* BLOCK outputs are summed together: as many as leave registers for two vectors of pixels. */
enum { MOST_OUTPUTS = 10, MOST_VECTORS = 4 };

/* Floats ahead at which the pixels of mixtures are fetched: processors see to rows of a few planes
   by themselves, and not of dozens. */
enum { AHEAD = 32 };

/* ---- sums ---------------------------------------------------------------------------------- */

/* What outputs are summed from: `count` maps of `inputs` channels, a row or channel so many floats
   from the next, and `others`, which are added as they are. Sums of more maps than one call is
   given go on from what the call before left in `kept`, and the last one's are complete. */
typedef struct {
    const float *const *maps, *const *others;
    int count, other_count, inputs, kernel, dilation;
    long stride, plane, other_plane;
    vector *kept;
    int goes_on, leaves;
} sources;

/* Sum OUTPUTS by VECTORS vectors of pixels; `weights` are [map][input][ky][kx][OUTPUTS]. */
INLINE void sum_up(const int OUTPUTS, const int VECTORS, const sources *from, long at,
                   const float *weights, const float *bias, float slope, float *y, long y_plane,
                   vector *kept) {
    vector sums[MOST_OUTPUTS][MOST_VECTORS], here[MOST_VECTORS];
    UNROLL for (int o = 0; o < OUTPUTS; o++)
        UNROLL for (int v = 0; v < VECTORS; v++)
            if (from->goes_on) sums[o][v] = kept[o * VECTORS + v];
            else sums[o][v] = (vector){0} + (bias ? bias[o] : 0);
    for (int m = 0; m < from->count; m++)
        for (int i = 0; i < from->inputs; i++)
            for (int ky = 0; ky < from->kernel; ky++) {
                const float *x = from->maps[m] + at + i * from->plane +
                                 ky * from->dilation * from->stride;
                if (from->kernel == 1) __builtin_prefetch(x + AHEAD);
                for (int kx = 0; kx < from->kernel; kx++, x += from->dilation, weights += OUTPUTS) {
                    UNROLL for (int v = 0; v < VECTORS; v++)
                        here[v] = *(const vector *)(x + v * LANES);
                    UNROLL for (int o = 0; o < OUTPUTS; o++)
                        UNROLL for (int v = 0; v < VECTORS; v++) sums[o][v] += weights[o] * here[v];
                }
            }
    if (from->leaves) {
        UNROLL for (int o = 0; o < OUTPUTS; o++)
            UNROLL for (int v = 0; v < VECTORS; v++) kept[o * VECTORS + v] = sums[o][v];
        return;
    }
    for (int m = 0; m < from->other_count; m++)
        UNROLL for (int o = 0; o < OUTPUTS; o++) {
            const float *other = from->others[m] + at + o * from->other_plane;
            UNROLL for (int v = 0; v < VECTORS; v++)
                sums[o][v] += *(const vector *)(other + v * LANES);
        }
    UNROLL for (int o = 0; o < OUTPUTS; o++)
        UNROLL for (int v = 0; v < VECTORS; v++) {
            vector sum = sums[o][v], below = sum * slope;
            mask above = sum > 0;
            *(vector *)(y + o * y_plane + v * LANES) =
                (vector)(((mask)sum & above) | ((mask)below & ~above));
        }
}

/* As many vectors as there are registers for. */
#define VECTORS_OF(outputs) ((REGISTERS - 6) / (outputs) > 4 ? 4 : (REGISTERS - 6) / (outputs))

/* Sum so many pixels, LANES or more, from `at` on; what the last vector repeats is the same. */
#define DEFINE_SUM(OUTPUTS)                                                                        \
    static void sum_##OUTPUTS(const sources *from, long at, long pixels, const float *weights,     \
                              const float *bias, float slope, float *y, long y_plane) {            \
        enum { VECTORS = VECTORS_OF(OUTPUTS), MANY = VECTORS * LANES };                            \
        vector *kept = from->kept;                                                                 \
        long p = 0;                                                                                \
        for (; p + MANY <= pixels; p += MANY, kept += from->kept ? OUTPUTS * VECTORS : 0)          \
            sum_up(OUTPUTS, VECTORS, from, at + p, weights, bias, slope, y + p, y_plane, kept);    \
        for (; p < pixels; p += LANES, kept += from->kept ? OUTPUTS : 0) {                         \
            if (p + LANES > pixels) p = pixels - LANES;                                            \
            sum_up(OUTPUTS, 1, from, at + p, weights, bias, slope, y + p, y_plane, kept);          \
        }                                                                                          \
    }

DEFINE_SUM(1) DEFINE_SUM(2) DEFINE_SUM(3) DEFINE_SUM(4) DEFINE_SUM(5)
DEFINE_SUM(6) DEFINE_SUM(7) DEFINE_SUM(8) DEFINE_SUM(9) DEFINE_SUM(10)

static void (*const SUMS[])(const sources *, long, long, const float *, const float *, float,
                            float *, long) = {NULL,  sum_1, sum_2, sum_3, sum_4, sum_5,
                                              sum_6, sum_7, sum_8, sum_9, sum_10};

/* How many of `outputs` are summed together: as many in each block, but for the last. */
static int block_of(int outputs) {
    int blocks = (outputs + BLOCK - 1) / BLOCK;
    return (outputs + blocks - 1) / blocks;
}

static int least(long left, long right) { return left < right ? left : right; }

/* How many vectors are kept of so many pixels. */
static long kept_of(int outputs, long pixels) { return outputs * ((pixels + LANES - 1) / LANES); }

/* Sum all outputs, in blocks; `weights` are arranged by blocks of `length` an output. */
static void sum_all(const sources *from, long at, long pixels, int outputs, int length,
                    const float *weights, const float *bias, float slope, float *y, long y_plane) {
    int block = block_of(outputs);
    sources part = *from;
    for (int first = 0; first < outputs; first += block) {
        const float *others[from->other_count + 1];
        for (int m = 0; m < from->other_count; m++)
            others[m] = from->others[m] + first * from->other_plane;
        part.others = others;
        part.kept = from->kept ? from->kept + kept_of(first, pixels) : NULL;
        SUMS[least(block, outputs - first)](&part, at, pixels, weights + (long)first * length,
                                            bias ? bias + first : NULL, slope,
                                            y + first * y_plane, y_plane);
    }
}

/* [output][length] to blocks of outputs, each [length][output of the block]. Outputs lie
   `by_output` floats apart; of the rest there are `groups` by `taps`, the groups `by_group` apart,
   and the taps in their order or, for a gradient, from the last to the first. */
static float *arranged(const float *weights, int outputs, long by_output, int groups, long by_group,
                       int taps, int reversed) {
    float *space = malloc((long)outputs * groups * taps * sizeof(float)), *to = space;
    int block = block_of(outputs);
    for (int first = 0; space != NULL && first < outputs; first += block)
        for (int group = 0; group < groups; group++)
            for (int tap = 0; tap < taps; tap++)
                for (int o = first; o < least(first + block, outputs); o++)
                    *to++ = weights[o * by_output + group * by_group +
                                    (reversed ? taps - 1 - tap : tap)];
    return space;
}

/* ---- products: gradients of weights --------------------------------------------------------- */

/* Add to OUTPUTS by INPUTS sums the products of rows of `g` and of `x`. */
INLINE void correlate(const int OUTPUTS, const int INPUTS, const float *g, long g_stride,
                      long g_plane, const float *x, long x_stride, long x_plane, int rows,
                      long width, float *sums, long by_output, long by_input) {
    vector totals[TILE_OUTPUTS][TILE_INPUTS], there[TILE_OUTPUTS];
    float rest[TILE_OUTPUTS][TILE_INPUTS] = {{0}};
    UNROLL for (int o = 0; o < OUTPUTS; o++)
        UNROLL for (int i = 0; i < INPUTS; i++) totals[o][i] = (vector){0};
    for (int r = 0; r < rows; r++, g += g_stride, x += x_stride) {
        long at = 0;
        for (; at + LANES <= width; at += LANES) {
            UNROLL for (int o = 0; o < OUTPUTS; o++)
                there[o] = *(const vector *)(g + o * g_plane + at);
            UNROLL for (int i = 0; i < INPUTS; i++) {
                vector here = *(const vector *)(x + i * x_plane + at);
                UNROLL for (int o = 0; o < OUTPUTS; o++) totals[o][i] += there[o] * here;
            }
        }
        for (; at < width; at++)
            for (int o = 0; o < OUTPUTS; o++)
                for (int i = 0; i < INPUTS; i++)
                    rest[o][i] += g[o * g_plane + at] * x[i * x_plane + at];
    }
    for (int o = 0; o < OUTPUTS; o++)
        for (int i = 0; i < INPUTS; i++) {
            float total = rest[o][i];
            for (int lane = 0; lane < LANES; lane++) total += totals[o][i][lane];
            sums[o * by_output + i * by_input] += total;
        }
}

/* The same for all pairs of channels. */
static void correlate_all(const float *g, int outputs, long g_stride, long g_plane, const float *x,
                          int inputs, long x_stride, long x_plane, int rows, long width,
                          float *sums, long by_output, long by_input) {
#define CORRELATE(OUTPUTS, INPUTS)                                                                 \
    correlate(OUTPUTS, INPUTS, g + o * g_plane, g_stride, g_plane, x + i * x_plane, x_stride,      \
              x_plane, rows, width, sums + o * by_output + i * by_input, by_output, by_input)
    int many, few;
    for (int o = 0; o < outputs; o += many) {
        many = outputs - o >= TILE_OUTPUTS ? TILE_OUTPUTS : 1;
        for (int i = 0; i < inputs; i += few) {
            few = inputs - i >= TILE_INPUTS ? TILE_INPUTS : 1;
            if (many > 1 && few > 1) CORRELATE(TILE_OUTPUTS, TILE_INPUTS);
            else if (many > 1) CORRELATE(TILE_OUTPUTS, 1);
            else if (few > 1) CORRELATE(1, TILE_INPUTS);
            else CORRELATE(1, 1);
        }
    }
#undef CORRELATE
}

/* The gradient behind a leaky ReLU, from that before it and from what came out of it. */
static void before_activation(const float *g, const float *y, float slope, long pixels, float *to) {
    for (long p = 0; p < pixels; p++) to[p] = y[p] > 0 ? g[p] : g[p] * slope;
}

static float total(const float *values, long count) {
    vector sums = {0};
    long at = 0;
    float sum = 0;
    for (; at + LANES <= count; at += LANES) sums += *(const vector *)(values + at);
    for (; at < count; at++) sum += values[at];
    for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
    return sum;
}

/* Add up what each thread has summed, and leave it in `to`. */
static void gather(const float *sums, long size, int threads, float *to) {
    if (to != sums) memcpy(to, sums, size * sizeof(float));
    for (int thread = 1; thread < threads; thread++)
        for (long at = 0; at < size; at++) to[at] += sums[size * thread + at];
}

/* ---- chunks of an image ------------------------------------------------------------------ */

/* Pixels of maps that are mixed at a time. */
enum { CHUNK = 1024 };

/* Pixels of an image are gone through in chunks, the last of which is longer. */
static inline long chunks_of(long pixels) { return pixels < CHUNK ? 1 : pixels / CHUNK; }

static inline long chunk_end(long chunk, long pixels) {
    return chunk + 1 == chunks_of(pixels) ? pixels : (chunk + 1) * CHUNK;
}

#endif
