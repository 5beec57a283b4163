/* Between scales: what is largest in squares of pixels, and bilinear enlargement. */

#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* Call a function of a constant where it is one of the usual scales: then it is vectorised. */
#define AT_SCALE(scale, call)                                                                      \
    do {                                                                                           \
        if ((scale) == 2) { enum { SCALE = 2 }; call; }                                            \
        else if ((scale) == 4) { enum { SCALE = 4 }; call; }                                       \
        else { const int SCALE = (scale); call; }                                                  \
    } while (0)

/* ---- the largest of squares ------------------------------------------------------------------ */

INLINE void pool_row(const float *x, int width, const int side, float *y) {
    for (int c = 0; c < width / side; c++) y[c] = x[c * side];
    for (int r = 0; r < side; r++)
        for (int s = 0; s < side; s++)
            for (int c = 0; c < width / side; c++) {
                float here = x[(long)r * width + c * side + s];
                y[c] = here > y[c] || here != here ? here : y[c]; /* NaN stays, as in torch */
            }
}

/* y, (planes, height / side, width / side), from x: what does not fill a square is dropped. */
void pool(const float *x, float *y, long planes, int height, int width, int side, int threads) {
    int rows = height / side, columns = width / side;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 64)
    for (long each = 0; each < planes * rows; each++) {
        const float *from = x + (each / rows * height + each % rows * side) * width;
        AT_SCALE(side, pool_row(from, width, SCALE, y + each * columns));
    }
}

/* `left` is the gradient that no pixel of a square has got yet. */
INLINE void pool_row_back(const float *x, const float *y, int width, const int side, float *left,
                          float *to) {
    for (int r = 0; r < side; r++)
        for (int s = 0; s < side; s++)
            for (int c = 0; c < width / side; c++) {
                long at = (long)r * width + c * side + s;
                to[at] = x[at] == y[c] ? left[c] : 0;
                left[c] = x[at] == y[c] ? 0 : left[c];
            }
}

/* The gradient of x from that of y: it goes to the first of the largest. Returns 0, or 1 where
   there is no memory. */
int pool_back(const float *x, const float *y, const float *g, float *x_gradient, long planes,
              int height, int width, int side, int threads) {
    int rows = height / side, columns = width / side;
    long all = planes * rows;
    float *space = malloc((long)columns * threads * sizeof(float));
    if (space == NULL) return 1;
    if (height % side || width % side)
        memset(x_gradient, 0, planes * height * width * sizeof(float));
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; thread++) {
        float *left = space + (long)columns * thread;
        for (long each = all * thread / threads; each < all * (thread + 1) / threads; each++) {
            long at = (each / rows * height + each % rows * side) * width;
            memcpy(left, g + each * columns, columns * sizeof(float));
            AT_SCALE(side, pool_row_back(x + at, y + each * columns, width, SCALE, left,
                                         x_gradient + at));
        }
    }
    free(space);
    return 0;
}

/* ---- bilinear enlargement -------------------------------------------------------------------- */

/* Where an enlarged row or column comes from: `share` from the one behind `first`. */
static float origin(int at, int factor, int count, int *first, int *second) {
    float place = (at + 0.5f) / factor - 0.5f;
    if (place < 0) place = 0;
    *first = place;
    *second = *first + 1 < count ? *first + 1 : *first;
    return place - *first;
}

/* Enlarge a row by a factor, and add it or set it; `from` has room for one value on either side. */
INLINE void widen(float *from, int count, const int factor, int add, float *to) {
    from[-1] = from[0], from[count] = from[count - 1];
    for (int t = 0; t < factor; t++) {
        /* Pixels in the first half of a coarse one lie between it and the one before. */
        const float *left = from - (2 * t < factor);
        float share = (t + 0.5f) / factor + (2 * t < factor ? 0.5f : -0.5f);
        for (int c = 0; c < count; c++) {
            float value = (1 - share) * left[c] + share * left[c + 1];
            to[c * factor + t] = add ? to[c * factor + t] + value : value;
        }
    }
}

/* y, (planes, height, width), the sum of `count` maps, each enlarged by its factor to that size.
   Returns 0, or 1 where there is no memory. */
int enlarge(const float *const *maps, const int *factors, int count, float *y, long planes,
            int height, int width, int threads) {
    float *space = malloc((width + 2L) * threads * sizeof(float));
    if (space == NULL) return 1;
    long all = planes * height;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; thread++) {
        float *between = space + (width + 2L) * thread + 1;
        for (long each = all * thread / threads; each < all * (thread + 1) / threads; each++)
            for (int m = 0; m < count; m++) {
                int rows = height / factors[m], columns = width / factors[m], first, second;
                float share = origin(each % height, factors[m], rows, &first, &second);
                const float *map = maps[m] + each / height * rows * columns;
                const float *above = map + first * columns, *below = map + second * columns;
                for (int c = 0; c < columns; c++)
                    between[c] = (1 - share) * above[c] + share * below[c];
                AT_SCALE(factors[m], widen(between, columns, SCALE, m > 0, y + each * width));
            }
    }
    free(space);
    return 0;
}

/* The gradient of what `widen` has enlarged; `from` has `factor` zeros on either side. */
INLINE void narrow(const float *from, int count, const int factor, float *to) {
    memset(to, 0, count * sizeof(float));
    for (int t = 0; t < factor; t++) {
        int low = 2 * t < factor;
        float share = (t + 0.5f) / factor + (low ? 0.5f : -0.5f);
        const float *as_left = from + (low ? factor : 0) + t;
        const float *as_right = from + (low ? 0 : -factor) + t;
        for (int c = 0; c < count; c++)
            to[c] += (1 - share) * as_left[c * factor] + share * as_right[c * factor];
        /* What lies beyond the edge is the edge once more. */
        if (low) to[0] += (1 - share) * from[t];
        else to[count - 1] += share * from[(count - 1) * factor + t];
    }
}

/* The gradient of one map from that of what it was enlarged to. Returns 0, or 1 where there is no
   memory. */
int enlarge_back(const float *g, float *map_gradient, int factor, long planes, int height,
                 int width, int threads) {
    int rows = height / factor, columns = width / factor;
    long room = width + 2L * factor;
    float *space = malloc(room * threads * sizeof(float));
    if (space == NULL) return 1;
    long all = planes * rows;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; thread++) {
        float *sums = space + room * thread, *inner = sums + factor;
        for (long each = all * thread / threads; each < all * (thread + 1) / threads; each++) {
            int row = each % rows, first, second;
            memset(sums, 0, room * sizeof(float));
            for (int r = (row - 1) * factor; r < (row + 2) * factor; r++) {
                if (r < 0 || r >= height) continue;
                float share = origin(r, factor, rows, &first, &second);
                float part = (first == row ? 1 - share : 0) + (second == row ? share : 0);
                const float *from = g + (each / rows * height + r) * width;
                if (part > 0)
                    for (int c = 0; c < width; c++) inner[c] += part * from[c];
            }
            AT_SCALE(factor, narrow(inner, columns, SCALE, map_gradient + each * columns));
        }
    }
    free(space);
    return 0;
}
