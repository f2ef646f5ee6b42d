/* What starting and reaping costs at least: vfork, execve and wait4, nothing
   else. Prints the nanoseconds of each of argv[1] starts of argv[2]. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	for (int i = atoi(argv[1]); i > 0; i--) {
		int status;
		struct rusage ru;
		char *none[] = {NULL};
		long begin = now();
		pid_t pid = vfork();
		if (pid == 0) {
			execve(argv[2], argv + 2, none);
			_exit(127);
		}
		wait4(pid, &status, 0, &ru);
		printf("%ld\n", now() - begin);
	}
	return 0;
}
