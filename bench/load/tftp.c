/* TFTP read requests, as many at once as there are connections, each in one thread's event loop: windows are
 * acknowledged when they are through, gaps at once, silence by saying the last thing again. What arrives is counted
 * and thrown away in the kernel. */
#define _GNU_SOURCE /* recvmmsg */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  READ_REQUEST = 1,
  DATA_PACKET = 3,
  ACKNOWLEDGEMENT = 4,
  OPTIONS_GRANTED = 6,
  BATCH = 64,
  HEAD_BYTES = 128, /* the header of a block, the whole of an option packet or an error */
  RECEIVE_BUFFER = 1 << 20,
  TRIES = 20,
};
static const double first_try_seconds = 1;
static const double longest_try_seconds = 4;

typedef struct {
  const Options *options;
  int fd;
  bool answered; /* the server's own port is known */
  bool done;
  bool gap_told;
  int64_t received; /* blocks */
  int64_t acknowledged;
  int64_t bytes;
  int64_t block_bytes, window;
  double heard_at, patience;
  int tries;
  uint8_t last[HEAD_BYTES];
  size_t last_length;
} Fetch;

static int64_t repeats;

static void say(Fetch *fetch) {
  const Options *options = fetch->options;
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
  if (inet_pton(AF_INET, options->host, &server.sin_addr) != 1) die("not an IPv4 address: %s", options->host);
  ssize_t sent = fetch->answered ? send(fetch->fd, fetch->last, fetch->last_length, 0)
                                 : sendto(fetch->fd, fetch->last, fetch->last_length, 0,
                                          (struct sockaddr *)&server, sizeof server);
  if (sent < 0 && errno != ENOBUFS && errno != EAGAIN) die("a packet cannot be sent: %s", strerror(errno));
}

static void acknowledge(Fetch *fetch) {
  fetch->acknowledged = fetch->received;
  fetch->last[0] = 0;
  fetch->last[1] = ACKNOWLEDGEMENT;
  fetch->last[2] = (uint8_t)(fetch->received >> 8);
  fetch->last[3] = (uint8_t)fetch->received;
  fetch->last_length = 4;
  say(fetch);
}

static size_t add_string(Fetch *fetch, size_t at, const char *text) {
  size_t length = strlen(text) + 1;
  if (at + length > sizeof fetch->last) die("the request is too long");
  memcpy(fetch->last + at, text, length);
  return at + length;
}

static size_t add_option(Fetch *fetch, size_t at, const char *name, int64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)value);
  return add_string(fetch, add_string(fetch, at, name), text);
}

static void begin(Fetch *fetch, int epoll) {
  const Options *options = fetch->options;
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  fetch->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fetch->fd < 0 || bind(fetch->fd, (struct sockaddr *)&local, sizeof local) != 0) {
    die("cannot open a socket: %s", strerror(errno));
  }
  int buffer = RECEIVE_BUFFER;
  setsockopt(fetch->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = fetch};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fetch->fd, &event) != 0) die("epoll_ctl: %s", strerror(errno));
  fetch->block_bytes = 512;
  fetch->window = 1;
  fetch->last[1] = READ_REQUEST;
  size_t at = add_string(fetch, add_string(fetch, 2, options->path), "octet");
  if (options->block != 512) at = add_option(fetch, at, "blksize", options->block);
  if (options->window != 1) at = add_option(fetch, at, "windowsize", options->window);
  fetch->last_length = at;
  fetch->heard_at = now_seconds();
  fetch->patience = first_try_seconds;
  say(fetch);
}

/* Every option that was asked for must be granted as it was asked: all servers are to do the same work. */
static void take_options(Fetch *fetch, const uint8_t *packet, size_t length) {
  const Options *options = fetch->options;
  const char *text = (const char *)packet + 2, *end = (const char *)packet + length;
  if (length >= HEAD_BYTES || packet[length - 1] != 0) die("an option packet that cannot be read");
  while (text < end) {
    const char *value = text + strlen(text) + 1;
    if (value >= end) die("an option without a value");
    if (strcasecmp(text, "blksize") == 0) fetch->block_bytes = atoll(value);
    else if (strcasecmp(text, "windowsize") == 0) fetch->window = atoll(value);
    text = value + strlen(value) + 1;
  }
  if (fetch->block_bytes != options->block || fetch->window != options->window) {
    die("blocks of %lld and windows of %lld were granted", (long long)fetch->block_bytes, (long long)fetch->window);
  }
  acknowledge(fetch);
}

static void take_block(Fetch *fetch, const uint8_t *packet, int64_t length) {
  uint16_t ahead = (uint16_t)(((packet[2] << 8) | packet[3]) - (uint16_t)fetch->received);
  if (ahead != 1) {
    /* Something is missing: the server is told how far things are, once. */
    if (fetch->gap_told || ahead == 0 || ahead > fetch->window) return;
    fetch->gap_told = true;
    acknowledge(fetch);
    return;
  }
  fetch->gap_told = false;
  fetch->received++;
  fetch->bytes += length - 4;
  fetch->done = length - 4 < fetch->block_bytes;
  if (fetch->done || fetch->received - fetch->acknowledged >= fetch->window) acknowledge(fetch);
}

static void take_packet(Fetch *fetch, const uint8_t *packet, int64_t length) {
  if (length < 4 || fetch->done) return;
  if (packet[1] == DATA_PACKET) {
    if (fetch->received == 0 && (fetch->block_bytes != fetch->options->block || fetch->window != fetch->options->window)) {
      die("the options were not granted");
    }
    take_block(fetch, packet, length);
  } else if (packet[1] == OPTIONS_GRANTED) {
    if (fetch->received == 0) take_options(fetch, packet, (size_t)length);
  } else {
    die("error %d: %.*s", packet[3], length < HEAD_BYTES ? (int)length - 4 : HEAD_BYTES - 4, packet + 4);
  }
}

/* Takes what has come. The first packet shows the port that the server talks from; others are not heard any more. */
static void receive(Fetch *fetch) {
  static uint8_t heads[BATCH][HEAD_BYTES];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  struct sockaddr_in sender;
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){heads[i], HEAD_BYTES};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  if (!fetch->answered) {
    messages[0].msg_hdr.msg_name = &sender;
    messages[0].msg_hdr.msg_namelen = sizeof sender;
  }
  int batch = fetch->answered && fetch->window > 1 ? BATCH : 1;
  int count = recvmmsg(fetch->fd, messages, (unsigned)batch, MSG_DONTWAIT | MSG_TRUNC, NULL);
  if (count <= 0) return;
  if (!fetch->answered) {
    if (connect(fetch->fd, (struct sockaddr *)&sender, sizeof sender) != 0) die("connect: %s", strerror(errno));
    fetch->answered = true;
  }
  fetch->heard_at = now_seconds();
  fetch->patience = first_try_seconds;
  fetch->tries = 0;
  for (int i = 0; i < count; i++) take_packet(fetch, heads[i], messages[i].msg_len);
}

static void say_again(Fetch *fetch, double now) {
  if (fetch->done || now - fetch->heard_at < fetch->patience) return;
  if (++fetch->tries > TRIES) die("the server does not answer");
  repeats++;
  fetch->heard_at = now;
  fetch->patience = fetch->patience * 2 > longest_try_seconds ? longest_try_seconds : fetch->patience * 2;
  fetch->gap_told = false;
  say(fetch);
}

static void fetch_all(const Options *options) {
  int epoll = epoll_create1(EPOLL_CLOEXEC), running = options->connections;
  Fetch *fetches = allocate(sizeof *fetches * (size_t)running);
  for (int i = 0; i < options->connections; i++) {
    fetches[i].options = options;
    begin(&fetches[i], epoll);
  }
  double looked_at = now_seconds();
  while (running > 0) {
    struct epoll_event events[BATCH];
    int count = epoll_wait(epoll, events, BATCH, 100);
    for (int i = 0; i < count; i++) {
      Fetch *fetch = events[i].data.ptr;
      receive(fetch);
      if (!fetch->done) continue;
      if (fetch->bytes != options->size) {
        die("%lld bytes arrived, not %lld", (long long)fetch->bytes, (long long)options->size);
      }
      close(fetch->fd);
      running--;
    }
    double now = now_seconds();
    if (now - looked_at < 0.1) continue;
    looked_at = now;
    for (int i = 0; i < options->connections; i++) say_again(&fetches[i], now);
  }
  close(epoll);
  free(fetches);
}

void run_tftp(const Options *options) {
  int64_t transfers = 0;
  double start = now_seconds(), elapsed = 0;
  while (transfers == 0 || elapsed < options->seconds) {
    fetch_all(options);
    transfers += options->connections;
    elapsed = now_seconds() - start;
  }
  printf("{\"transfers\":%lld,\"bytes\":%lld,\"seconds\":%.6f,\"repeats\":%lld}\n", (long long)transfers,
         (long long)(transfers * options->size), elapsed, (long long)repeats);
}
