/*
 * delay-line NEAR FAR MICROSECONDS: joins two network namespaces by a link that holds every packet for so long in each
 * direction. Each namespace gets a TUN device `wan0`; addresses and MTU are the caller's. Prints "ready" and runs until
 * it is stopped. It stands in for netem, which not every kernel has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { longest_packet = 65536, ring_bytes = 256 << 20, packets_at_once = 256 };

/* Packets under way in one direction, oldest first. A record never wraps: what does not fit before the end starts over. */
struct line {
  int from, to;
  unsigned char *ring;
  size_t head, tail, used;
};

struct record {
  int64_t due;
  uint32_t length;
  uint32_t size; /* of the whole record; 0 marks the place where the ring starts over */
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_device(const char *namespace) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", namespace);
  int place = open(path, O_RDONLY | O_CLOEXEC);
  if (place < 0 || setns(place, CLONE_NEWNET) < 0) fail(path);
  close(place);
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) fail("/dev/net/tun");
  struct ifreq request = {0};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strcpy(request.ifr_name, "wan0");
  if (ioctl(device, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  return device;
}

/* Room for a record at the tail, or NULL when the line is full: the packet is lost then, as on any full link. */
static struct record *room(struct line *line, size_t size) {
  if (line->used + size + sizeof(struct record) > ring_bytes) return NULL;
  size_t left = ring_bytes - line->tail;
  if (left < size + sizeof(struct record)) {
    if (line->used + left + size > ring_bytes || (line->used > 0 && line->tail < line->head)) return NULL;
    ((struct record *)(line->ring + line->tail))->size = 0;
    line->used += left;
    line->tail = 0;
  }
  return (struct record *)(line->ring + line->tail);
}

static void take(struct line *line, int64_t delay) {
  static unsigned char packet[longest_packet];
  for (int count = 0; count < packets_at_once; count++) {
    ssize_t length = read(line->from, packet, sizeof packet);
    if (length <= 0) return;
    size_t size = (sizeof(struct record) + (size_t)length + 15) & ~(size_t)15;
    struct record *record = room(line, size);
    if (record == NULL) continue;
    *record = (struct record){.due = now() + delay, .length = (uint32_t)length, .size = (uint32_t)size};
    memcpy(record + 1, packet, (size_t)length);
    line->tail += size;
    line->used += size;
  }
}

/* Hands on what is due; returns when the next one is, or -1. */
static int64_t deliver(struct line *line) {
  while (line->used > 0) {
    struct record *record = (struct record *)(line->ring + line->head);
    if (record->size == 0) {
      line->used -= ring_bytes - line->head;
      line->head = 0;
      continue;
    }
    if (record->due > now()) return record->due;
    if (write(line->to, record + 1, record->length) < 0 && errno == EAGAIN) return now() + 100000;
    line->head += record->size;
    line->used -= record->size;
  }
  return -1;
}

int main(int count, char **words) {
  if (count != 4) {
    fprintf(stderr, "usage: delay-line NEAR FAR MICROSECONDS\n");
    return 2;
  }
  int64_t delay = strtoll(words[3], NULL, 10) * 1000;
  int near = open_device(words[1]), far = open_device(words[2]);
  struct line lines[2] = {{.from = near, .to = far}, {.from = far, .to = near}};
  for (int index = 0; index < 2; index++) {
    lines[index].ring = malloc(ring_bytes);
    if (lines[index].ring == NULL) fail("malloc");
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    int64_t next = -1;
    for (int index = 0; index < 2; index++) {
      int64_t due = deliver(&lines[index]);
      if (due >= 0 && (next < 0 || due < next)) next = due;
    }
    struct pollfd ready[2] = {{.fd = near, .events = POLLIN}, {.fd = far, .events = POLLIN}};
    int64_t wait = next < 0 ? 1000000000 : next - now();
    struct timespec limit = {.tv_sec = wait > 0 ? wait / 1000000000 : 0, .tv_nsec = wait > 0 ? wait % 1000000000 : 0};
    if (ppoll(ready, 2, &limit, NULL) < 0 && errno != EINTR) fail("ppoll");
    for (int index = 0; index < 2; index++) {
      if (ready[index].revents & POLLIN) take(&lines[index], delay);
    }
  }
}
