/* The smallest program: it ends at once, without a C library to start. */
#include <unistd.h>

void _start(void)
{
	_exit(0);
}
