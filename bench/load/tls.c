/* TLS 1.3 with AES-128-GCM and session resumption. Both directions go through large buffers, so that the
 * generator makes one system call per 256 KiB where plain OpenSSL makes one per record. */
#include "load.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

enum { BUFFER_BYTES = 256 * 1024 };

/* RFC 8446, 5.2: a header of 5 octets, the last two of them the length of what follows; in that, behind the data, an
 * octet for the type and, with AES-128-GCM, a tag of 16. */
enum { RECORD_HEADER_BYTES = 5, RECORD_END_BYTES = 1 + 16, ALERT_BYTES = 2 };
/* So much of a download is decrypted, before the rest is only counted. */
enum { DECRYPTED_BYTES = 1 << 20 };

static SSL_CTX *context;
static int owner_index;
static _Atomic int64_t resumed;

/* Tickets arrive after the handshake, with any later read of the control connection. */
static int keep_session(SSL *ssl, SSL_SESSION *session) {
  Control *owner = SSL_get_ex_data(ssl, owner_index);
  if (owner == NULL) return 0;
  if (owner->session != NULL) SSL_SESSION_free(owner->session);
  owner->session = session;
  return 1;
}

void tls_prepare(void) {
  context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) die("no TLS context");
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  /* vsftpd and others close a data connection without close_notify. The byte count decides here. */
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  owner_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static _Noreturn void tls_die(const char *what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  die("TLS %s: %s", what, text);
}

SSL *tls_connect(int fd, Control *owner, SSL_SESSION *resume) {
  SSL *ssl = SSL_new(context);
  BIO *socket_bio = BIO_new_socket(fd, BIO_NOCLOSE);
  BIO *buffer = BIO_new(BIO_f_buffer());
  if (ssl == NULL || socket_bio == NULL || buffer == NULL) tls_die("set-up");
  if (BIO_set_buffer_size(buffer, BUFFER_BYTES) != 1) tls_die("set-up");
  BIO *chain = BIO_push(buffer, socket_bio);
  /* Not OpenSSL's read-ahead: for each record it moves all that was read ahead. */
  SSL_set_bio(ssl, chain, chain);
  SSL_set_ex_data(ssl, owner_index, owner);
  /* A copy, for OpenSSL makes a TLS 1.3 session unusable that has been used once. */
  SSL_SESSION *copy = resume == NULL ? NULL : SSL_SESSION_dup(resume);
  if (copy != NULL) SSL_set_session(ssl, copy);
  SSL_SESSION_free(copy);
  if (SSL_connect(ssl) != 1) tls_die("handshake");
  (void)BIO_flush(chain);
  if (SSL_session_reused(ssl)) resumed++;
  return ssl;
}

int64_t tls_resumed(void) {
  return resumed;
}

int tls_read(SSL *ssl, void *buffer, int capacity) {
  int got = SSL_read(ssl, buffer, capacity);
  if (got > 0) return got;
  int reason = SSL_get_error(ssl, got);
  if (reason == SSL_ERROR_ZERO_RETURN) return 0;
  tls_die("read");
}

void tls_finish(SSL *ssl) {
  SSL_shutdown(ssl);
  (void)BIO_flush(SSL_get_wbio(ssl));
}

/* Records as they come by, in pieces of any size. */
typedef struct {
  unsigned char header[RECORD_HEADER_BYTES];
  size_t header_bytes; /* of the header that is being read */
  size_t left;         /* octets of the record that are still to come */
  int64_t data;        /* octets of data in all records so far */
  size_t last;         /* and in the last of them */
} Records;

static void count_records(Records *records, const unsigned char *bytes, size_t length) {
  while (length > 0) {
    if (records->left > 0) {
      size_t part = records->left < length ? records->left : length;
      records->left -= part;
      bytes += part;
      length -= part;
      continue;
    }
    size_t wanted = RECORD_HEADER_BYTES - records->header_bytes;
    size_t part = wanted < length ? wanted : length;
    memcpy(records->header + records->header_bytes, bytes, part);
    records->header_bytes += part;
    bytes += part;
    length -= part;
    if (records->header_bytes < RECORD_HEADER_BYTES) return;
    records->header_bytes = 0;
    records->left = (size_t)(records->header[3] << 8 | records->header[4]);
    if (records->header[0] != SSL3_RT_APPLICATION_DATA || records->left < RECORD_END_BYTES) die("TLS: no record");
    records->last = records->left - RECORD_END_BYTES;
    records->data += (int64_t)records->last;
  }
}

/*
 * Reads to the end. OpenSSL decrypts and verifies the beginning; of what follows only the lengths of the records are
 * looked at, so that the speed is the server's and not that of decrypting, which would take as long again.
 */
int64_t tls_discard(SSL *ssl, int fd) {
  static _Thread_local unsigned char buffer[BUFFER_BYTES];
  int64_t total = 0;
  while (total < DECRYPTED_BYTES || SSL_pending(ssl) > 0) {
    int got = tls_read(ssl, buffer, sizeof buffer);
    if (got == 0) return total;
    total += got;
  }
  Records records = {.left = 0};
  BIO *ahead = SSL_get_rbio(ssl);
  for (size_t waiting; (waiting = BIO_ctrl_pending(ahead)) > 0;) {
    int got = BIO_read(ahead, buffer, waiting < sizeof buffer ? (int)waiting : (int)sizeof buffer);
    if (got <= 0) tls_die("read");
    count_records(&records, buffer, (size_t)got);
  }
  for (bool answered = false;;) {
    ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    /* Who has closed already when our answer comes resets the connection; what was sent has all been read. */
    if (got < 0 && answered && errno == ECONNRESET) break;
    if (got < 0) die("data connection: %s", strerror(errno));
    if (got == 0) break;
    count_records(&records, buffer, (size_t)got);
    /* vsftpd sends close_notify and waits for ours before it closes. */
    if (records.left == 0 && records.header_bytes == 0 && records.last == ALERT_BYTES) {
      tls_finish(ssl);
      answered = true;
    }
  }
  if (records.left > 0 || records.header_bytes > 0) die("TLS: a record was cut short");
  /* The last one is close_notify, for those who send it. */
  return total + records.data - (records.last == ALERT_BYTES ? ALERT_BYTES : 0);
}

void tls_write_all(SSL *ssl, const void *buffer, size_t length) {
  size_t done = 0;
  while (done < length) {
    size_t written = 0;
    if (SSL_write_ex(ssl, (const char *)buffer + done, length - done, &written) != 1) tls_die("write");
    done += written;
  }
}
