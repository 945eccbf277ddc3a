/* What datagram.c and block_stream.c share. */
#ifndef WHERRY_DATAGRAM_H
#define WHERRY_DATAGRAM_H

#include "addon.h"

#include <sys/socket.h>
#include <sys/uio.h>

#define PACKETS_PER_TURN 16
#define SLOT_OCTETS 65536

struct block_stream;
struct block_intake;

enum origin { STRANGER = 0, SAME_HOST = 1, PEER = 2 };

struct datagram {
  uv_poll_t poll;
  struct room *room;
  int fd;
  bool segments;
  struct sockaddr_storage peer;
  socklen_t peer_length;
  /* What answers the peer's acknowledgements; NULL while JavaScript takes every packet. */
  struct block_stream *blocks;
  /* What takes the peer's blocks; NULL likewise. */
  struct block_intake *intake;
  struct looks looks;
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

enum origin origin_of(const struct sockaddr_storage *sender, const struct sockaddr_storage *peer);
void on_readable(uv_poll_t *poll, int status, int events);
/* Takes one packet into the first place of the slab; false when there is none. */
bool receive_one(struct datagram *datagram, size_t *octets);
/* Tells JavaScript of the packets that have come. */
void deliver(struct datagram *datagram, int count);

/* block_stream.c */
/* What on_blocks is told beside what block_stream.c tells: that memory is filled, with how many octets. */
#define BLOCKS_FILLED 6
/* The number on the wire of a block, counted from 1 without end. */
uint16_t block_number(uint64_t count, uint64_t rollover);
/* How many blocks after the reference-th one the block with this number is; a large number for one before it. */
uint64_t block_distance(uint64_t reference, uint16_t number, uint64_t rollover);
/* Takes a packet of the peer; false when it is none for the stream. */
bool take_acknowledgement(struct datagram *datagram, const uint8_t *packet, size_t length);
void free_block_stream(struct datagram *datagram);

/* block_intake.c */
void take_blocks(struct datagram *datagram);
void free_block_intake(struct datagram *datagram);

#endif
