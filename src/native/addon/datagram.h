/* What datagram.c and block_stream.c share. */
#ifndef WHERRY_DATAGRAM_H
#define WHERRY_DATAGRAM_H

#include "addon.h"

#include <sys/socket.h>
#include <sys/uio.h>

#define PACKETS_PER_TURN 16
#define SLOT_OCTETS 65536

struct block_stream;

struct datagram {
  uv_poll_t poll;
  struct room *room;
  int fd;
  bool segments;
  struct sockaddr_storage peer;
  socklen_t peer_length;
  /* What answers the peer's acknowledgements; NULL while JavaScript takes every packet. */
  struct block_stream *blocks;
};

/* One per environment. */
struct room {
  napi_env env;
  napi_ref slab_reference, facts_reference, on_packets, on_blocks;
  uint8_t *slab;
  int32_t *facts;
  struct sockaddr_storage senders[PACKETS_PER_TURN];
  struct iovec parts[PACKETS_PER_TURN];
  struct mmsghdr messages[PACKETS_PER_TURN];
  int delivered;
  /* Open sockets by descriptor. */
  struct datagram **open;
  size_t room_for, opened, closing;
  napi_async_cleanup_hook_handle cleanup;
};

/* datagram.c */
struct datagram *find_datagram(napi_env env, napi_value room, napi_value fd);
/* Octets that the kernel took of packets that lie back to back: a whole number of packets. */
size_t send_packets(struct datagram *datagram, uint8_t *data, size_t length, size_t packet_octets);
/* Calls a function of JavaScript with small numbers. */
void call_back(struct room *room, napi_ref function, int count, const double *values);

/* block_stream.c */
/* Takes a packet of the peer; false when it is none for the stream. */
bool take_acknowledgement(struct datagram *datagram, const uint8_t *packet, size_t length);
void free_block_stream(struct datagram *datagram);

#endif
