/* How many threads OpenMP gives the calling thread from now on, in torch's operations as in ours. */

#include <omp.h>

void use_threads(int threads) { omp_set_num_threads(threads); }
