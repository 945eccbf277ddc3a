/*
 * A peer on this machine, or very near, answers within the time that it takes to put this processor to sleep and to
 * wake it up. So after a turn it is looked for events again for a moment before the event loop gets its own. Where
 * nothing came, that many looks more are left out after each time in vain; peers further away cost nothing then.
 */
#include "addon.h"

#include <sys/epoll.h>
#include <time.h>

#define LOOK_AGAIN_NS 60000
#define LARGEST_PAUSE 1024

int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int look_again(struct looks *looks, int epoll, struct epoll_event *ready, int capacity) {
  if (looks->pause_left > 0) {
    looks->pause_left--;
    return 0;
  }
  int64_t end = nanoseconds() + LOOK_AGAIN_NS;
  do {
    int count = epoll_wait(epoll, ready, capacity, 0);
    if (count > 0) {
      looks->pause = 0;
      return count;
    }
  } while (nanoseconds() < end);
  looks->pause = looks->pause == 0 ? 1 : looks->pause * 2;
  if (looks->pause > LARGEST_PAUSE)
    looks->pause = LARGEST_PAUSE;
  looks->pause_left = looks->pause;
  return 0;
}
