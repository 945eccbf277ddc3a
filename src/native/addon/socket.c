/* TCP sockets that never block: each call does what can be done now and says -EAGAIN where it would wait. */
#include "addon.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * An address is handed over as 20 octets: 4 or 6 (IPv4-mapped is 4), 0, the port, and 4 or 16 octets of
 * address. Cheaper than objects and strings, of which a data connection would make several.
 */
#define ADDRESS_OCTETS 20

/*
 * What the kernel takes of a peer's data beyond what is under way to it. Without this cap each slow reader
 * makes the kernel hold 4 MiB (tcp_wmem), and a thousand of them exhaust the memory that all TCP of the
 * machine shares.
 */
#define UNSENT_OCTETS (512 * 1024)

static void write_address(const struct sockaddr_storage *address, uint8_t *target) {
  memset(target, 0, ADDRESS_OCTETS);
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    target[0] = 4;
    memcpy(target + 2, &v4->sin_port, 2);
    memcpy(target + 4, &v4->sin_addr, 4);
  } else if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
    target[0] = mapped ? 4 : 6;
    memcpy(target + 2, &v6->sin6_port, 2);
    memcpy(target + 4, v6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
  }
}

static socklen_t parse_address(const char *host, uint16_t port, struct sockaddr_storage *address) {
  memset(address, 0, sizeof *address);
  struct sockaddr_in *v4 = (struct sockaddr_in *)address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
  if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return sizeof *v4;
  }
  char bare[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
  size_t length = strcspn(host, "%");
  if (length >= sizeof bare)
    return 0;
  memcpy(bare, host, length);
  bare[length] = 0;
  if (inet_pton(AF_INET6, bare, &v6->sin6_addr) != 1)
    return 0;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  if (host[length] == '%') {
    v6->sin6_scope_id = if_nametoindex(host + length + 1);
    if (v6->sin6_scope_id == 0)
      v6->sin6_scope_id = (uint32_t)strtoul(host + length + 1, NULL, 10);
  }
  return sizeof *v6;
}

/* The address in a text and a port among the arguments; 0 when it is not numeric. */
static socklen_t take_address(napi_env env, napi_value host, napi_value port,
                              struct sockaddr_storage *address) {
  char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
  size_t length = 0;
  int32_t number = int32_of(env, port);
  if (napi_get_value_string_latin1(env, host, NULL, 0, &length) != napi_ok || length >= sizeof text ||
      number < 0 || number > 65535)
    return 0;
  napi_get_value_string_latin1(env, host, text, sizeof text, &length);
  return parse_address(text, (uint16_t)number, address);
}

static void enable(int fd, int level, int option) {
  int one = 1;
  setsockopt(fd, level, option, &one, sizeof one);
}

static bool is_loopback(const struct sockaddr_storage *address) {
  if (address->ss_family == AF_INET)
    return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == IN_LOOPBACKNET);
}

/*
 * Within a machine there is no path to be shared with others or to be measured. What paces its segments to find out about
 * one, as BBR does, only holds back; every kernel has Reno, which does not, and lets everybody choose it. To be said
 * before there is a connection, as pacing that has begun stays; accepted sockets inherit it from their listener.
 */
static void spare_pacing(int fd, const struct sockaddr_storage *address) {
  static const char algorithm[] = "reno";
  if (is_loopback(address))
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, algorithm, sizeof algorithm - 1);
}

static int open_socket(int family) {
  int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0)
    return -errno;
  /* Accepted sockets inherit both from their listener. */
  enable(fd, IPPROTO_TCP, TCP_NODELAY);
  int unsent = UNSENT_OCTETS;
  setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  return fd;
}

static int bind_socket(const struct sockaddr_storage *address, socklen_t length, bool ipv6_only) {
  int fd = open_socket(address->ss_family);
  if (fd < 0)
    return fd;
  spare_pacing(fd, address);
  enable(fd, SOL_SOCKET, SO_REUSEADDR);
  int only = ipv6_only;
  if (address->ss_family == AF_INET6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  if (bind(fd, (const struct sockaddr *)address, length) == 0)
    return fd;
  int error = errno;
  close(fd);
  return -error;
}

static int adopt(struct addon *addon, int fd) {
  if (fd < 0 || own_descriptor(addon, fd))
    return fd;
  close(fd);
  return -ENOMEM;
}

/* tcpBind(host, port, ipv6Only, address): the descriptor; `address` takes where it is bound. */
static napi_value tcp_bind(napi_env env, napi_callback_info info) {
  napi_value values[4];
  struct sockaddr_storage address;
  uint8_t *target;
  size_t target_length;
  bool ipv6_only = false;
  if (!take_arguments(env, info, 4, values) || !bytes_of(env, values[3], &target, &target_length) ||
      target_length < ADDRESS_OCTETS)
    return number(env, -EINVAL);
  socklen_t length = take_address(env, values[0], values[1], &address);
  napi_get_value_bool(env, values[2], &ipv6_only);
  if (length == 0)
    return number(env, -EINVAL);
  bool any_port = int32_of(env, values[1]) == 0;
  int fd = bind_socket(&address, length, ipv6_only);
  if (fd < 0)
    return number(env, fd);
  getsockname(fd, (struct sockaddr *)&address, &length);
  if (any_port) {
    /* A port that the kernel chose is given back when listening stops, one that was asked for is kept. So
     * ask. */
    int named = bind_socket(&address, length, ipv6_only);
    close(fd);
    fd = named;
  }
  if (fd >= 0)
    write_address(&address, target);
  return number(env, adopt(addon_of(env), fd));
}

/* tcpListen(fd, backlog) */
static napi_value tcp_listen(napi_env env, napi_callback_info info) {
  napi_value values[2];
  if (!take_arguments(env, info, 2, values))
    return number(env, -EINVAL);
  return number(env, listen(int32_of(env, values[0]), int32_of(env, values[1])) == 0 ? 0 : -errno);
}

/* Whether somebody waits to be accepted: accept(2) makes a socket before it finds out that nobody does. */
static bool has_visitor(int fd) {
  struct pollfd visitor = {.fd = fd, .events = POLLIN};
  return poll(&visitor, 1, 0) != 0;
}

/* tcpAccept(fd, addresses, likely): the descriptor; `addresses` takes the peer's address and, where there is room, the
 * own. `likely` says that somebody waits to be accepted, which is not looked at first then. */
static napi_value tcp_accept(napi_env env, napi_callback_info info) {
  napi_value values[3];
  bool likely = false;
  uint8_t *target;
  size_t target_length;
  if (!take_arguments(env, info, 3, values) || !bytes_of(env, values[1], &target, &target_length) ||
      target_length < ADDRESS_OCTETS)
    return number(env, -EINVAL);
  napi_get_value_bool(env, values[2], &likely);
  if (!likely && !has_visitor(int32_of(env, values[0])))
    return number(env, -EAGAIN);
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  int fd =
      accept4(int32_of(env, values[0]), (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0)
    return number(env, -errno);
  write_address(&address, target);
  if (target_length >= 2 * ADDRESS_OCTETS) {
    length = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &length);
    write_address(&address, target + ADDRESS_OCTETS);
  }
  return number(env, adopt(addon_of(env), fd));
}

/* tcpConnect(host, port, localHost or undefined, localPort or undefined): a descriptor that is connecting. */
static napi_value tcp_connect(napi_env env, napi_callback_info info) {
  napi_value values[4];
  struct sockaddr_storage peer, local;
  if (!take_arguments(env, info, 4, values))
    return number(env, -EINVAL);
  socklen_t length = take_address(env, values[0], values[1], &peer);
  napi_valuetype host_type, port_type;
  napi_typeof(env, values[2], &host_type);
  napi_typeof(env, values[3], &port_type);
  int32_t local_port = port_type == napi_number ? int32_of(env, values[3]) : 0;
  socklen_t local_length = 0;
  if (length == 0 || local_port < 0 || local_port > 65535)
    return number(env, -EINVAL);
  if (host_type == napi_string) {
    napi_value port;
    napi_create_int32(env, local_port, &port);
    local_length = take_address(env, values[2], port, &local);
    if (local_length == 0)
      return number(env, -EINVAL);
  } else if (local_port != 0) {
    local_length = parse_address(peer.ss_family == AF_INET ? "0.0.0.0" : "::", (uint16_t)local_port, &local);
  }
  int fd = open_socket(peer.ss_family);
  if (fd < 0)
    return number(env, fd);
  spare_pacing(fd, &peer);
  if (local_length != 0) {
    /* Without it a fixed local port is refused while an older connection from it is in TIME_WAIT. */
    if (local_port != 0)
      enable(fd, SOL_SOCKET, SO_REUSEADDR);
    else
      enable(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  }
  if ((local_length != 0 && bind(fd, (struct sockaddr *)&local, local_length) != 0) ||
      (connect(fd, (struct sockaddr *)&peer, length) != 0 && errno != EINPROGRESS)) {
    int error = errno;
    close(fd);
    return number(env, -error);
  }
  return number(env, adopt(addon_of(env), fd));
}

/* tcpConnected(fd, addresses): 0 and both addresses once the connection stands, -EAGAIN before. */
static napi_value tcp_connected(napi_env env, napi_callback_info info) {
  napi_value values[2];
  uint8_t *target;
  size_t target_length;
  if (!take_arguments(env, info, 2, values) || !bytes_of(env, values[1], &target, &target_length) ||
      target_length < 2 * ADDRESS_OCTETS)
    return number(env, -EINVAL);
  int fd = int32_of(env, values[0]), error = 0;
  socklen_t error_length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_length) != 0)
    return number(env, -errno);
  if (error != 0)
    return number(env, -error);
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  if (getpeername(fd, (struct sockaddr *)&address, &length) != 0)
    return number(env, errno == ENOTCONN ? -EAGAIN : -errno);
  write_address(&address, target);
  length = sizeof address;
  getsockname(fd, (struct sockaddr *)&address, &length);
  write_address(&address, target + ADDRESS_OCTETS);
  return number(env, 0);
}

/* formatIpv6(address): the text of 16 octets. */
static napi_value format_ipv6(napi_env env, napi_callback_info info) {
  napi_value value, text = NULL;
  uint8_t *data;
  size_t length;
  char buffer[INET6_ADDRSTRLEN];
  if (take_arguments(env, info, 1, &value) && bytes_of(env, value, &data, &length) && length >= 16 &&
      inet_ntop(AF_INET6, data, buffer, sizeof buffer) != NULL)
    napi_create_string_latin1(env, buffer, NAPI_AUTO_LENGTH, &text);
  return text;
}

/* tcpReceive(fd, target) */
static napi_value tcp_receive(napi_env env, napi_callback_info info) {
  napi_value values[2];
  uint8_t *data;
  size_t length;
  if (!take_arguments(env, info, 2, values) || !bytes_of(env, values[1], &data, &length))
    return number(env, -EINVAL);
  ssize_t result;
  do
    result = recv(int32_of(env, values[0]), data, length, MSG_DONTWAIT);
  while (result < 0 && errno == EINTR);
  return number(env, result < 0 ? -errno : (double)result);
}

/* Sends what is queued, and with it what this socket has; false when it had nothing. */
static bool flush_queued(struct addon *addon, int fd) {
  if (fd < 0 || (size_t)fd >= addon->descriptor_count || !(addon->descriptors[fd] & QUEUED))
    return false;
  flush_batch(addon);
  return true;
}

ssize_t send_now(int fd, const uint8_t *data, size_t length) {
  ssize_t result;
  do
    result = send(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

/* tcpSend(fd, source, offset): octets taken of `source` from `offset` on; -EINPROGRESS: what was queued before has
 * only been sent now, and whether all of it was is known. */
static napi_value tcp_send(napi_env env, napi_callback_info info) {
  napi_value values[3];
  uint8_t *data;
  size_t length;
  if (!take_arguments(env, info, 3, values) || !bytes_of(env, values[1], &data, &length))
    return number(env, -EINVAL);
  int64_t offset = int64_of(env, values[2]);
  if (offset < 0 || (size_t)offset > length)
    return number(env, -EINVAL);
  int fd = int32_of(env, values[0]);
  if (flush_queued(addon_of(env), fd))
    return number(env, -EINPROGRESS);
  return number(env, (double)send_now(fd, data + offset, length - (size_t)offset));
}

/* tcpSendLatin1(fd, text): octets taken, one a character; at most INLINE_OCTETS. In a turn of the reactor they may be
 * queued up to its end. -EINPROGRESS as tcpSend. */
static napi_value tcp_send_latin1(napi_env env, napi_callback_info info) {
  napi_value values[2];
  if (!take_arguments(env, info, 2, values))
    return number(env, -EINVAL);
  struct addon *addon = addon_of(env);
  size_t length = 0;
  if (napi_get_value_string_latin1(env, values[1], (char *)addon->scratch, INLINE_OCTETS, &length) != napi_ok)
    return number(env, -EINVAL);
  int fd = int32_of(env, values[0]);
  if (flush_queued(addon, fd))
    return number(env, -EINPROGRESS);
  if (addon->in_turn && queue_send(addon, fd, addon->scratch, length))
    return number(env, (double)length);
  return number(env, (double)send_now(fd, addon->scratch, length));
}

/* tcpShutdown(fd, how): 0 reading, 1 writing, 2 both. Of a listener, 0 stops it and keeps its port. -EINPROGRESS as
 * tcpSend. */
static napi_value tcp_shutdown(napi_env env, napi_callback_info info) {
  napi_value values[2];
  if (!take_arguments(env, info, 2, values))
    return number(env, -EINVAL);
  int fd = int32_of(env, values[0]);
  if (flush_queued(addon_of(env), fd))
    return number(env, -EINPROGRESS);
  return number(env, shutdown(fd, int32_of(env, values[1])) == 0 ? 0 : -errno);
}

/* tcpClose(fd, reset) */
static napi_value tcp_close(napi_env env, napi_callback_info info) {
  napi_value values[2];
  bool reset = false;
  if (!take_arguments(env, info, 2, values))
    return number(env, -EINVAL);
  int fd = int32_of(env, values[0]);
  napi_get_value_bool(env, values[1], &reset);
  struct addon *addon = addon_of(env);
  if (fd < 0 || (size_t)fd >= addon->descriptor_count || !(addon->descriptors[fd] & OWNED))
    return number(env, -EBADF);
  if (reset) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  }
  flush_queued(addon, fd);
  addon->descriptors[fd] = 0;
  return number(env, close(fd) == 0 ? 0 : -errno);
}

/* tcpRelease(fd): the descriptor is somebody else's from now on. */
static napi_value tcp_release(napi_env env, napi_callback_info info) {
  napi_value value;
  if (take_arguments(env, info, 1, &value))
    disown_descriptor(addon_of(env), int32_of(env, value));
  return NULL;
}

void register_socket(napi_env env, napi_value exports) {
  export_function(env, exports, "tcpBind", tcp_bind);
  export_function(env, exports, "tcpListen", tcp_listen);
  export_function(env, exports, "tcpAccept", tcp_accept);
  export_function(env, exports, "tcpConnect", tcp_connect);
  export_function(env, exports, "tcpConnected", tcp_connected);
  export_function(env, exports, "formatIpv6", format_ipv6);
  export_function(env, exports, "tcpReceive", tcp_receive);
  export_function(env, exports, "tcpSend", tcp_send);
  export_function(env, exports, "tcpSendLatin1", tcp_send_latin1);
  export_function(env, exports, "tcpShutdown", tcp_shutdown);
  export_function(env, exports, "tcpClose", tcp_close);
  export_function(env, exports, "tcpRelease", tcp_release);
}
