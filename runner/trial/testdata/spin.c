/* Spins for argv[1] milliseconds and ends. */
#include <stdlib.h>
#include <time.h>

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long end = now() + (argc > 1 ? atol(argv[1]) : 0) * 1000000L;
	while (now() < end)
		;
	return 0;
}
