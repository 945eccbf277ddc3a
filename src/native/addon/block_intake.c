/*
 * Takes a file from the peer of a datagram socket, which sends it as the numbered blocks of TFTP (RFC 1350, 7440): puts
 * them in order into memory of JavaScript's, and acknowledges, without a word of JavaScript for each. It judges
 * packets as src/protocols/tftp/wire/block-receiver.ts does, which is for all that does not begin with an OACK.
 *
 * While nobody has given memory, packets wait in the kernel: a slow disk slows the peer.
 */
#include "datagram.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_OCTETS 4
#define DATA_PACKET 3
#define ACKNOWLEDGEMENT 4
#define LARGEST_BLOCK 65464
#define PACKETS_PER_WAKE 64
/* One round trip in so many is measured. */
#define MEASURE_EVERY 32

struct block_intake {
  size_t block_octets;
  uint64_t window, rollover;
  /* Where octets go; NULL while nobody waits for them. */
  uint8_t *target;
  size_t target_octets, filled;
  napi_ref target_reference;
  /* What of a block did not fit any more. */
  uint8_t *rest;
  size_t rest_octets;

  /* Blocks received in order, and how many of them are acknowledged. */
  uint64_t received, acknowledged;
  bool gap_told, ended, repeated;
  uint64_t answered_at_ms;
  /* Since when the next block is waited for, where that is measured; 0: it is not. */
  uint64_t timed_from_ns;
  double round_trip_ms;
};

static void acknowledge(struct datagram *datagram) {
  struct block_intake *intake = datagram->intake;
  uint16_t number = block_number(intake->received, intake->rollover);
  uint8_t packet[] = {0, ACKNOWLEDGEMENT, (uint8_t)(number >> 8), (uint8_t)number};
  intake->acknowledged = intake->received;
  if (intake->received % (MEASURE_EVERY * intake->window) == 0 && !intake->repeated)
    intake->timed_from_ns = uv_hrtime();
  /* A packet may be lost; the timer sees to one that the kernel did not take. */
  send_packets(datagram, packet, sizeof packet, sizeof packet);
}

/* Whether what was received has all been taken, so that the peer may be told. */
static bool taken(const struct block_intake *intake) {
  return intake->rest_octets == 0;
}

static void acknowledge_again(struct datagram *datagram) {
  if (taken(datagram->intake))
    acknowledge(datagram);
}

static void put(struct block_intake *intake, const uint8_t *data, size_t octets) {
  size_t room = intake->target_octets - intake->filled;
  size_t count = octets < room ? octets : room;
  memcpy(intake->target + intake->filled, data, count);
  intake->filled += count;
  intake->rest_octets = octets - count;
  if (intake->rest_octets > 0)
    memmove(intake->rest, data + count, intake->rest_octets);
}

/* Whether a block is the next. With one at a time a 1 (or 0) after 65535 tells how the peer counts. */
static bool is_next(struct block_intake *intake, uint16_t number) {
  if (number == block_number(intake->received + 1, intake->rollover))
    return true;
  if (intake->window != 1 || intake->received != 0xffff || number > 1)
    return false;
  intake->rollover = number;
  return true;
}

/* Takes a packet of the peer; false when it is none for the intake. */
static bool take_data(struct datagram *datagram, const uint8_t *packet, size_t length) {
  struct block_intake *intake = datagram->intake;
  if (length < HEADER_OCTETS || length > HEADER_OCTETS + intake->block_octets || packet[0] != 0 ||
      packet[1] != DATA_PACKET)
    return false;
  uint16_t number = (uint16_t)(packet[2] << 8 | packet[3]);
  if (intake->ended || !is_next(intake, number)) {
    uint64_t ahead = block_distance(intake->received, number, intake->rollover);
    bool gap = !intake->ended && ahead > 0 && ahead <= intake->window;
    if (ahead == 0 || (gap && !intake->gap_told))
      acknowledge_again(datagram);
    intake->gap_told = intake->gap_told || gap;
    return true;
  }
  if (intake->timed_from_ns > 0) {
    intake->round_trip_ms = (double)(uv_hrtime() - intake->timed_from_ns) / 1e6;
    intake->timed_from_ns = 0;
  }
  intake->received++;
  intake->gap_told = intake->repeated = false;
  intake->answered_at_ms = uv_now(datagram->poll.loop);
  intake->ended = length < HEADER_OCTETS + intake->block_octets;
  put(intake, packet + HEADER_OCTETS, length - HEADER_OCTETS);
  if (taken(intake) && (intake->ended || intake->received - intake->acknowledged >= intake->window))
    acknowledge(datagram);
  return true;
}

/* Tells JavaScript when its memory is full, or nothing more will come; true when it was told. */
static bool tell_filled(struct datagram *datagram) {
  struct block_intake *intake = datagram->intake;
  if (intake->target == NULL || (intake->filled < intake->target_octets && !intake->ended))
    return false;
  intake->target = NULL;
  call_back(datagram->room, datagram->room->on_blocks, 3,
            (double[]){datagram->fd, BLOCKS_FILLED, (double)intake->filled});
  return true;
}

void take_blocks(struct datagram *datagram) {
  struct room *room = datagram->room;
  struct block_intake *intake = datagram->intake;
  for (int count = 0; count < PACKETS_PER_WAKE; count++) {
    /* After the end only repeated blocks are waited for, which need no memory. */
    if (intake->target == NULL && !intake->ended) {
      uv_poll_stop(&datagram->poll);
      return;
    }
    size_t octets;
    if (!receive_one(datagram, &octets))
      return;
    if (origin_of(&room->senders[0], &datagram->peer) != PEER || !take_data(datagram, room->slab, octets)) {
      deliver(datagram, 1);
      return;
    }
    if (tell_filled(datagram))
      return;
  }
}

void free_block_intake(struct datagram *datagram) {
  struct block_intake *intake = datagram->intake;
  datagram->intake = NULL;
  if (intake == NULL)
    return;
  if (intake->target_reference != NULL)
    napi_delete_reference(datagram->room->env, intake->target_reference);
  free(intake->rest);
  free(intake);
}

/* intakeOpen(handle, fd, blockOctets, window, rollover): 0; from then on the intake takes the blocks. */
static napi_value intake_open(napi_env env, napi_callback_info info) {
  napi_value values[5];
  if (!take_arguments(env, info, 5, values))
    return number(env, -EINVAL);
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  int32_t block_octets = int32_of(env, values[2]), window = int32_of(env, values[3]);
  if (datagram == NULL || datagram->intake != NULL || datagram->blocks != NULL || block_octets < 1 ||
      block_octets > LARGEST_BLOCK || window < 1 || window > 0xffff)
    return number(env, -EINVAL);
  struct block_intake *intake = calloc(1, sizeof *intake);
  if (intake == NULL)
    return number(env, -ENOMEM);
  intake->rest = malloc((size_t)block_octets);
  if (intake->rest == NULL) {
    free(intake);
    return number(env, -ENOMEM);
  }
  intake->block_octets = (size_t)block_octets;
  intake->window = (uint64_t)window;
  intake->rollover = int32_of(env, values[4]) == 1 ? 1 : 0;
  intake->round_trip_ms = -1;
  datagram->intake = intake;
  return number(env, 0);
}

static struct datagram *taking(napi_env env, const napi_value *values) {
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  return datagram == NULL || datagram->intake == NULL ? NULL : datagram;
}

/* intakeFill(handle, fd, target): BLOCKS_FILLED tells how many octets came, fewer than fit only at the end. */
static napi_value intake_fill(napi_env env, napi_callback_info info) {
  napi_value values[3];
  uint8_t *data;
  size_t length;
  struct datagram *datagram;
  if (!take_arguments(env, info, 3, values) || (datagram = taking(env, values)) == NULL ||
      !bytes_of(env, values[2], &data, &length) || length == 0 || datagram->intake->target != NULL)
    return number(env, -EINVAL);
  struct block_intake *intake = datagram->intake;
  if (intake->target_reference != NULL)
    napi_delete_reference(env, intake->target_reference);
  napi_create_reference(env, values[2], 1, &intake->target_reference);
  intake->target = data;
  intake->target_octets = length;
  intake->filled = 0;
  bool waited = intake->rest_octets > 0;
  put(intake, intake->rest, intake->rest_octets);
  if (waited && taken(intake) && (intake->ended || intake->received - intake->acknowledged >= intake->window))
    acknowledge(datagram);
  uv_poll_start(&datagram->poll, UV_READABLE, on_readable);
  tell_filled(datagram);
  return number(env, 0);
}

/* intakeAgain(handle, fd): says again how far it has come, for a peer that waits for it. */
static napi_value intake_again(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct datagram *datagram;
  if (!take_arguments(env, info, 2, values) || (datagram = taking(env, values)) == NULL)
    return NULL;
  datagram->intake->repeated = true;
  datagram->intake->timed_from_ns = 0;
  acknowledge_again(datagram);
  return NULL;
}

/*
 * intakeLook(handle, fd, look): as blocksLook, of blocks that have come, whether the next is waited for, and whether
 * the last one has come.
 */
static napi_value intake_look(napi_env env, napi_callback_info info) {
  napi_value values[3];
  uint8_t *data;
  size_t length;
  struct datagram *datagram;
  if (!take_arguments(env, info, 3, values) || (datagram = taking(env, values)) == NULL ||
      !bytes_of(env, values[2], &data, &length) || length < 5)
    return number(env, -EINVAL);
  struct block_intake *intake = datagram->intake;
  double *look = (double *)data;
  look[0] = (double)intake->received;
  look[1] = intake->received == 0 ? 0 : (double)(uv_now(datagram->poll.loop) - intake->answered_at_ms);
  look[2] = intake->round_trip_ms;
  look[3] = intake->target != NULL && !intake->ended;
  look[4] = intake->ended;
  intake->round_trip_ms = -1;
  return number(env, 0);
}

/* intakeClose(handle, fd): JavaScript takes every packet again. */
static napi_value intake_close(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct datagram *datagram;
  if (take_arguments(env, info, 2, values) && (datagram = taking(env, values)) != NULL) {
    free_block_intake(datagram);
    uv_poll_start(&datagram->poll, UV_READABLE, on_readable);
  }
  return NULL;
}

void register_block_intake(napi_env env, napi_value exports) {
  export_function(env, exports, "intakeOpen", intake_open);
  export_function(env, exports, "intakeFill", intake_fill);
  export_function(env, exports, "intakeAgain", intake_again);
  export_function(env, exports, "intakeLook", intake_look);
  export_function(env, exports, "intakeClose", intake_close);
}
