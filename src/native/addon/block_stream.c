/*
 * Sends a file to the peer of a datagram socket as the numbered blocks of TFTP (RFC 1350, 7440) and answers each
 * acknowledgement with what comes next, without a word of JavaScript. A lock step with a near peer is a system call
 * or two for each block and the time to get to it, and that time is what other servers have less of.
 *
 * JavaScript decides: which file, how much of it, when to send again, when to give up. It is called when a slice of
 * the file has been taken, when the disk would have to be waited for, and when the last block is acknowledged. Blocks
 * are numbered and judged as in src/protocols/tftp/wire/block-sender.ts, which takes everything that is no file.
 */
#include "datagram.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_OCTETS 4
#define DATA_PACKET 3
#define ACKNOWLEDGEMENT 4
#define LARGEST_BLOCK 65464
#define LARGEST_NUMBER 0xffff
/* What is read of the file at once, if a window is not more: few calls, and little memory for each of many peers. */
#define READ_AHEAD_OCTETS (16 * 1024)
#define BLOCKS_PER_READ 64
/* One round trip in so many is measured; to look at the clock costs about as much as all else here. */
#define MEASURE_EVERY 32

/*
 * What JavaScript is told, and the number beside it: how many octets a slice has brought; from where on the file is
 * to be read, since the disk would have to be waited for; that the kernel takes nothing just now (blocksResume asks
 * again); that the file has become shorter than its slices; that the last block is acknowledged.
 */
enum event { NOTHING = 0, SLICE_TAKEN = 1, DISK_NEEDED = 2, BUSY = 3, FILE_ENDED = 4, CONFIRMED = 5 };

struct block_stream {
  size_t block_octets, packet_octets;
  uint64_t window, capacity, rollover;
  /* Packets lie back to back: block n in slot (n - 1) % capacity. */
  uint8_t *packets;

  int file;
  /* What is read next of the file, where the slice began, and where it ends. */
  off_t position, slice_start, limit;
  bool slice_open, ending, file_ended, waits_for_disk;
  /* What JavaScript has read of the file, at its place. */
  const uint8_t *given;
  off_t given_position;
  size_t given_octets;
  napi_ref given_reference;

  /* The first block that is not acknowledged, the next to send, and how many are ready; counted from 1. */
  uint64_t base, next, ready;
  /* Its number and size, once the last block is ready. */
  uint64_t last;
  size_t last_octets;

  uint32_t answers;
  /* By the clock of the event loop, which is as it was when its turn began. */
  uint64_t answered_at_ms;
  /* Whether something was sent again, so that nobody knows what the next answer is for (Karn). */
  bool repeated;
  /* The block whose acknowledgement is timed; 0: none. */
  uint64_t timed_block;
  uint64_t timed_from_ns;
  double round_trip_ms;
};

uint16_t block_number(uint64_t count, uint64_t rollover) {
  if (count <= LARGEST_NUMBER || rollover == 0)
    return (uint16_t)count;
  return (uint16_t)((count - 1) % LARGEST_NUMBER + 1);
}

uint64_t block_distance(uint64_t reference, uint16_t number, uint64_t rollover) {
  uint16_t from = block_number(reference, rollover);
  if (rollover == 0 || reference == 0)
    return (uint16_t)(number - from);
  if (number == 0) /* Zero does not come again in a count that rolls over to one. */
    return LARGEST_NUMBER;
  return number >= from ? (uint64_t)(number - from) : (uint64_t)(number + LARGEST_NUMBER - from);
}

static uint8_t *packet_of(struct block_stream *stream, uint64_t block) {
  return stream->packets + (block - 1) % stream->capacity * stream->packet_octets;
}

static void write_header(struct block_stream *stream, uint64_t block) {
  uint8_t *packet = packet_of(stream, block);
  uint16_t number = block_number(block, stream->rollover);
  packet[0] = 0;
  packet[1] = DATA_PACKET;
  packet[2] = (uint8_t)(number >> 8);
  packet[3] = (uint8_t)number;
}

/* Sends what is ready and the window has room for, in as few runs as the slots allow. */
static enum event send_ready(struct datagram *datagram) {
  struct block_stream *stream = datagram->blocks;
  uint64_t end = stream->base + stream->window;
  if (end > stream->ready + 1)
    end = stream->ready + 1;
  while (stream->next < end) {
    uint64_t slot = (stream->next - 1) % stream->capacity, count = end - stream->next;
    if (count > stream->capacity - slot)
      count = stream->capacity - slot;
    size_t octets = count * stream->packet_octets;
    if (stream->next + count - 1 == stream->last)
      octets -= stream->block_octets - stream->last_octets;
    if (stream->timed_block == 0 && !stream->repeated && stream->answers % MEASURE_EVERY == 0) {
      stream->timed_block = stream->next + count - 1;
      stream->timed_from_ns = uv_hrtime();
    }
    size_t sent = send_packets(datagram, packet_of(stream, stream->next), octets, stream->packet_octets);
    stream->next += sent == octets ? count : sent / stream->packet_octets;
    if (sent < octets)
      return BUSY;
  }
  return NOTHING;
}

/* Octets of the file from `position` on, scattered over parts; as readv_without_disk. */
static ssize_t read_file(struct block_stream *stream, const struct iovec *parts, int count) {
  off_t skip = stream->position - stream->given_position;
  if (stream->given == NULL || skip < 0 || (size_t)skip >= stream->given_octets)
    return readv_without_disk(stream->file, parts, count, stream->position);
  const uint8_t *from = stream->given + skip;
  size_t left = stream->given_octets - (size_t)skip, taken = 0;
  for (int index = 0; index < count && left > 0; index++) {
    size_t octets = parts[index].iov_len < left ? parts[index].iov_len : left;
    memcpy(parts[index].iov_base, from + taken, octets);
    taken += octets;
    left -= octets;
  }
  return (ssize_t)taken;
}

/* Makes whole blocks ready as far as slots are free and the slice reaches. */
static enum event fill_blocks(struct block_stream *stream) {
  uint64_t free_slots = stream->capacity - (stream->ready + 1 - stream->base);
  uint64_t wanted = (uint64_t)(stream->limit - stream->position) / stream->block_octets;
  if (wanted > free_slots)
    wanted = free_slots;
  if (wanted > BLOCKS_PER_READ)
    wanted = BLOCKS_PER_READ;
  struct iovec parts[BLOCKS_PER_READ];
  for (uint64_t index = 0; index < wanted; index++)
    parts[index] =
        (struct iovec){packet_of(stream, stream->ready + 1 + index) + HEADER_OCTETS, stream->block_octets};
  ssize_t octets = read_file(stream, parts, (int)wanted);
  if (octets == 0) {
    stream->file_ended = true;
    return NOTHING;
  }
  /* A part of a block is read again with the rest of it. */
  uint64_t blocks = octets < 0 ? 0 : (uint64_t)octets / stream->block_octets;
  if (blocks == 0)
    return DISK_NEEDED;
  for (uint64_t index = 0; index < blocks; index++)
    write_header(stream, stream->ready + 1 + index);
  stream->ready += blocks;
  stream->position += (off_t)(blocks * stream->block_octets);
  return NOTHING;
}

/* Makes the last block ready, of what is left of the file, which is less than a block. */
static enum event fill_last(struct block_stream *stream) {
  size_t octets = (size_t)(stream->limit - stream->position);
  struct iovec part = {packet_of(stream, stream->ready + 1) + HEADER_OCTETS, octets};
  ssize_t got = octets == 0 ? 0 : read_file(stream, &part, 1);
  if (got < 0 || (size_t)got < octets)
    return DISK_NEEDED;
  stream->ready++;
  write_header(stream, stream->ready);
  stream->last = stream->ready;
  stream->last_octets = octets;
  return NOTHING;
}

/* Goes on as far as the window, the slice and the disk let it. */
static enum event advance(struct datagram *datagram) {
  struct block_stream *stream = datagram->blocks;
  for (;;) {
    enum event event = send_ready(datagram);
    if (event != NOTHING)
      return event;
    bool full = stream->ready + 1 - stream->base >= stream->capacity;
    if (full || stream->next - stream->base >= stream->window || stream->last > 0 || stream->waits_for_disk)
      return NOTHING;
    if (!stream->file_ended && stream->limit - stream->position >= (off_t)stream->block_octets) {
      event = fill_blocks(stream);
    } else if (stream->slice_open) {
      stream->slice_open = false;
      if (stream->file_ended)
        stream->limit = stream->position > stream->slice_start ? stream->position : stream->slice_start;
      return SLICE_TAKEN;
    } else if (stream->ending) {
      event = stream->file_ended ? FILE_ENDED : fill_last(stream);
    } else {
      return NOTHING;
    }
    if (event == DISK_NEEDED)
      stream->waits_for_disk = true;
    if (event != NOTHING)
      return event;
  }
}

static void tell(struct datagram *datagram, enum event event) {
  if (event == NOTHING)
    return;
  const struct block_stream *stream = datagram->blocks;
  off_t beside = event == SLICE_TAKEN ? stream->limit - stream->slice_start : stream->position;
  double values[] = {datagram->fd, event, (double)beside};
  call_back(datagram->room, datagram->room->on_blocks, 3, values);
}

bool take_acknowledgement(struct datagram *datagram, const uint8_t *packet, size_t length) {
  struct block_stream *stream = datagram->blocks;
  if (length < HEADER_OCTETS || packet[0] != 0 || packet[1] != ACKNOWLEDGEMENT)
    return false;
  uint64_t confirmed = block_distance(stream->base - 1, (uint16_t)(packet[2] << 8 | packet[3]), stream->rollover);
  /* A repeated one sends nothing (RFC 1123 section 4.2.3.1, the Sorcerer's Apprentice). */
  if (confirmed == 0 || confirmed > stream->next - stream->base)
    return true;
  stream->repeated = confirmed < stream->next - stream->base;
  stream->base += confirmed;
  stream->answers++;
  stream->answered_at_ms = uv_now(datagram->poll.loop);
  if (stream->timed_block > 0 && stream->base > stream->timed_block) {
    stream->round_trip_ms = (double)(uv_hrtime() - stream->timed_from_ns) / 1e6;
    stream->timed_block = 0;
  }
  if (stream->last > 0 && stream->base > stream->last) {
    tell(datagram, CONFIRMED);
    return true;
  }
  /* An acknowledgement inside the window says that what came after it was lost (RFC 7440 section 4). */
  stream->next = stream->base;
  tell(datagram, advance(datagram));
  return true;
}

void free_block_stream(struct datagram *datagram) {
  struct block_stream *stream = datagram->blocks;
  datagram->blocks = NULL;
  if (stream == NULL)
    return;
  if (stream->given_reference != NULL)
    napi_delete_reference(datagram->room->env, stream->given_reference);
  free(stream->packets);
  free(stream);
}

/* blocksOpen(handle, fd, blockOctets, window, rollover): 0; from then on the stream takes the acknowledgements. */
static napi_value blocks_open(napi_env env, napi_callback_info info) {
  napi_value values[5];
  if (!take_arguments(env, info, 5, values))
    return number(env, -EINVAL);
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  int32_t block_octets = int32_of(env, values[2]), window = int32_of(env, values[3]);
  if (datagram == NULL || datagram->blocks != NULL || block_octets < 1 || block_octets > LARGEST_BLOCK || window < 1 ||
      window > LARGEST_NUMBER)
    return number(env, -EINVAL);
  struct block_stream *stream = calloc(1, sizeof *stream);
  if (stream == NULL)
    return number(env, -ENOMEM);
  stream->block_octets = (size_t)block_octets;
  stream->packet_octets = (size_t)block_octets + HEADER_OCTETS;
  stream->window = (uint64_t)window;
  stream->rollover = int32_of(env, values[4]) == 1 ? 1 : 0;
  /* Whole windows, so that a window without a loss never goes round the end of the slots. */
  uint64_t windows = READ_AHEAD_OCTETS / (stream->window * stream->packet_octets);
  stream->capacity = stream->window * (windows > 1 ? windows : 1);
  stream->packets = malloc(stream->capacity * stream->packet_octets);
  if (stream->packets == NULL) {
    free(stream);
    return number(env, -ENOMEM);
  }
  stream->file = -1;
  stream->base = stream->next = 1;
  stream->round_trip_ms = -1;
  datagram->blocks = stream;
  return number(env, 0);
}

static struct datagram *streaming(napi_env env, const napi_value *values) {
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  return datagram == NULL || datagram->blocks == NULL ? NULL : datagram;
}

/* blocksSend(handle, fd, file, position, octets): sends a slice, which begins where the last one has ended. */
static napi_value blocks_send(napi_env env, napi_callback_info info) {
  napi_value values[5];
  struct datagram *datagram;
  if (!take_arguments(env, info, 5, values) || (datagram = streaming(env, values)) == NULL)
    return number(env, -EINVAL);
  struct block_stream *stream = datagram->blocks;
  int64_t position = int64_of(env, values[3]), octets = int64_of(env, values[4]);
  if (stream->file < 0)
    stream->position = stream->limit = position;
  if (position != stream->limit || octets < 1 || stream->slice_open || stream->ending)
    return number(env, -EINVAL);
  stream->file = int32_of(env, values[2]);
  stream->slice_start = position;
  stream->limit = position + octets;
  stream->slice_open = true;
  tell(datagram, advance(datagram));
  return number(env, 0);
}

/* blocksEnd(handle, fd): sends the last, short block after the slices so far. */
static napi_value blocks_end(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct datagram *datagram;
  if (!take_arguments(env, info, 2, values) || (datagram = streaming(env, values)) == NULL)
    return number(env, -EINVAL);
  datagram->blocks->ending = true;
  tell(datagram, advance(datagram));
  return number(env, 0);
}

/*
 * blocksGive(handle, fd, octets, position, count): what the file has at the position that was asked for. Less than a
 * block, or than the rest of the last one, says that the file ends there. The memory is used until the next call.
 */
static napi_value blocks_give(napi_env env, napi_callback_info info) {
  napi_value values[5];
  uint8_t *data;
  size_t length;
  struct datagram *datagram;
  if (!take_arguments(env, info, 5, values) || (datagram = streaming(env, values)) == NULL ||
      !bytes_of(env, values[2], &data, &length))
    return number(env, -EINVAL);
  struct block_stream *stream = datagram->blocks;
  int64_t count = int64_of(env, values[4]);
  if (count < 0 || (size_t)count > length || int64_of(env, values[3]) != stream->position)
    return number(env, -EINVAL);
  if (stream->given_reference != NULL)
    napi_delete_reference(env, stream->given_reference);
  napi_create_reference(env, values[2], 1, &stream->given_reference);
  stream->given = data;
  stream->given_position = stream->position;
  stream->given_octets = (size_t)count;
  off_t left = stream->limit - stream->position;
  stream->file_ended = count < (left < (off_t)stream->block_octets ? left : (off_t)stream->block_octets);
  stream->waits_for_disk = false;
  tell(datagram, advance(datagram));
  return number(env, 0);
}

/* blocksResume(handle, fd, again): goes on after BUSY, or sends `again` what is not acknowledged. */
static napi_value blocks_resume(napi_env env, napi_callback_info info) {
  napi_value values[3];
  bool again = false;
  struct datagram *datagram;
  if (!take_arguments(env, info, 3, values) || (datagram = streaming(env, values)) == NULL)
    return number(env, -EINVAL);
  napi_get_value_bool(env, values[2], &again);
  struct block_stream *stream = datagram->blocks;
  if (again) {
    stream->next = stream->base;
    stream->timed_block = 0;
    stream->repeated = true;
  }
  tell(datagram, advance(datagram));
  return number(env, 0);
}

/* blocksClose(handle, fd): the file is not touched any more, and JavaScript takes every packet again. */
static napi_value blocks_close(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct datagram *datagram;
  if (take_arguments(env, info, 2, values) && (datagram = streaming(env, values)) != NULL)
    free_block_stream(datagram);
  return NULL;
}

/*
 * blocksLook(handle, fd, look): fills in how many acknowledgements have brought something new, the milliseconds
 * since the last of them, a round trip that was measured since the last look, or -1, and whether one is waited for.
 */
static napi_value blocks_look(napi_env env, napi_callback_info info) {
  napi_value values[3];
  uint8_t *data;
  size_t length;
  struct datagram *datagram;
  if (!take_arguments(env, info, 3, values) || (datagram = streaming(env, values)) == NULL ||
      !bytes_of(env, values[2], &data, &length) || length < 4)
    return number(env, -EINVAL);
  struct block_stream *stream = datagram->blocks;
  double *look = (double *)data;
  look[0] = stream->answers;
  look[1] = stream->answers == 0 ? 0 : (double)(uv_now(datagram->poll.loop) - stream->answered_at_ms);
  look[2] = stream->round_trip_ms;
  look[3] = stream->next > stream->base;
  stream->round_trip_ms = -1;
  return number(env, 0);
}

void register_block_stream(napi_env env, napi_value exports) {
  export_function(env, exports, "blocksOpen", blocks_open);
  export_function(env, exports, "blocksSend", blocks_send);
  export_function(env, exports, "blocksEnd", blocks_end);
  export_function(env, exports, "blocksGive", blocks_give);
  export_function(env, exports, "blocksResume", blocks_resume);
  export_function(env, exports, "blocksClose", blocks_close);
  export_function(env, exports, "blocksLook", blocks_look);
}
