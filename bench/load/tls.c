/* TLS 1.3 with AES-128-GCM and session resumption. Both directions go through large buffers, so that the
 * generator makes one system call per 256 KiB where plain OpenSSL makes one per record. */
#include "load.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdatomic.h>

enum { BUFFER_BYTES = 256 * 1024 };

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

void tls_write_all(SSL *ssl, const void *buffer, size_t length) {
  size_t done = 0;
  while (done < length) {
    size_t written = 0;
    if (SSL_write_ex(ssl, (const char *)buffer + done, length - done, &written) != 1) tls_die("write");
    done += written;
  }
}

void tls_finish(SSL *ssl) {
  SSL_shutdown(ssl);
  (void)BIO_flush(SSL_get_wbio(ssl));
}
