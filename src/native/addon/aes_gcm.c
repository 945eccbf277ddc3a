/* AES-GCM in place, by the OpenSSL that Node itself is linked with. Node's own objects for it are made for
 * one message each and hand out what they make in fresh memory, which for a packet costs more than the
 * cipher. */
#include "addon.h"

#include <stdlib.h>

/* Of <openssl/evp.h>, which is not everywhere where Node's headers are. Weak, because a Node may hide them. */
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
#define WEAK __attribute__((weak, visibility("default")))
extern WEAK EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
extern WEAK void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *context);
extern WEAK const EVP_CIPHER *EVP_aes_128_gcm(void);
extern WEAK const EVP_CIPHER *EVP_aes_256_gcm(void);
extern WEAK int EVP_CipherInit_ex(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, void *engine,
                                  const unsigned char *key, const unsigned char *iv, int seals);
extern WEAK int EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *out_length,
                                 const unsigned char *in, int in_length);
extern WEAK int EVP_CipherFinal_ex(EVP_CIPHER_CTX *context, unsigned char *out, int *out_length);
extern WEAK int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *context, int type, int argument, void *pointer);
#define EVP_CTRL_AEAD_GET_TAG 0x10
#define EVP_CTRL_AEAD_SET_TAG 0x11

#define IV_OCTETS 12
#define TAG_OCTETS 16

static bool is_linked(void) {
  return EVP_CIPHER_CTX_new && EVP_CIPHER_CTX_free && EVP_aes_128_gcm && EVP_aes_256_gcm &&
         EVP_CipherInit_ex && EVP_CipherUpdate && EVP_CipherFinal_ex && EVP_CIPHER_CTX_ctrl;
}

/* One for each length of keys and direction, made when first needed. Keys are given anew with each packet:
 * their schedule takes a fraction of a microsecond, and no connection has to keep a context. */
struct contexts {
  EVP_CIPHER_CTX *by_key_and_direction[2][2];
};

static EVP_CIPHER_CTX *context_for(struct contexts *contexts, size_t key_octets, bool seals) {
  if (key_octets != 16 && key_octets != 32)
    return NULL;
  EVP_CIPHER_CTX **place = &contexts->by_key_and_direction[key_octets == 32][seals];
  if (*place == NULL) {
    EVP_CIPHER_CTX *fresh = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = key_octets == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    if (fresh != NULL && EVP_CipherInit_ex(fresh, cipher, NULL, NULL, NULL, seals) != 1) {
      EVP_CIPHER_CTX_free(fresh);
      fresh = NULL;
    }
    *place = fresh;
  }
  return *place;
}

static void free_contexts(void *data) {
  struct contexts *contexts = data;
  for (int index = 0; index < 4; index++)
    EVP_CIPHER_CTX_free(contexts->by_key_and_direction[index / 2][index % 2]);
  free(contexts);
}

/* Octets of which the first `clear` are authenticated only and the last are the tag; what lies between them is
 * sealed where it is, or opened into `target`, which may be the same place. */
struct packet {
  EVP_CIPHER_CTX *context;
  uint8_t *key, *iv, *start, *ciphered, *tag, *target;
  int clear, length;
};

/* (key, iv, packet, clear octets) and, for opening, (target). */
static bool take_packet(napi_env env, napi_callback_info info, bool seals, struct packet *packet) {
  napi_value arguments[5];
  size_t given = 5, key_octets, iv_octets, octets, target_octets;
  void *contexts;
  if (napi_get_cb_info(env, info, &given, arguments, NULL, &contexts) != napi_ok ||
      !bytes_of(env, arguments[0], &packet->key, &key_octets) ||
      !bytes_of(env, arguments[1], &packet->iv, &iv_octets) ||
      !bytes_of(env, arguments[2], &packet->start, &octets))
    return false;
  packet->clear = int32_of(env, arguments[3]);
  if (octets > INT32_MAX || octets < TAG_OCTETS || packet->clear < 0 ||
      packet->clear > (int)octets - TAG_OCTETS || iv_octets != IV_OCTETS)
    return false;
  packet->length = (int)octets - packet->clear - TAG_OCTETS;
  packet->ciphered = packet->start + packet->clear;
  packet->tag = packet->ciphered + packet->length;
  packet->target = packet->ciphered;
  if (!seals && (!bytes_of(env, arguments[4], &packet->target, &target_octets) ||
                 target_octets != (size_t)packet->length))
    return false;
  packet->context = context_for(contexts, key_octets, seals);
  return packet->context != NULL;
}

static bool cipher(const struct packet *packet, bool seals) {
  EVP_CIPHER_CTX *context = packet->context;
  uint8_t none[TAG_OCTETS];
  int length;
  return EVP_CipherInit_ex(context, NULL, NULL, packet->key, packet->iv, seals) == 1 &&
         (seals || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_OCTETS, packet->tag) == 1) &&
         EVP_CipherUpdate(context, NULL, &length, packet->start, packet->clear) == 1 &&
         EVP_CipherUpdate(context, packet->target, &length, packet->ciphered, packet->length) == 1 &&
         EVP_CipherFinal_ex(context, none, &length) == 1 &&
         (!seals || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_OCTETS, packet->tag) == 1);
}

static napi_value run(napi_env env, napi_callback_info info, bool seals) {
  struct packet packet;
  napi_value result = NULL;
  napi_get_boolean(env, take_packet(env, info, seals, &packet) && cipher(&packet, seals), &result);
  return result;
}

static napi_value gcm_seal(napi_env env, napi_callback_info info) {
  return run(env, info, true);
}

static napi_value gcm_open(napi_env env, napi_callback_info info) {
  return run(env, info, false);
}

static bool export_with(napi_env env, napi_value exports, const char *name, napi_callback function,
                        struct contexts *contexts) {
  napi_value value;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, function, contexts, &value) == napi_ok &&
         napi_set_named_property(env, exports, name, value) == napi_ok;
}

void register_aes_gcm(napi_env env, napi_value exports) {
  struct contexts *contexts = is_linked() ? calloc(1, sizeof *contexts) : NULL;
  if (contexts == NULL)
    return;
  /* The functions end with the environment as well. */
  if (napi_add_env_cleanup_hook(env, free_contexts, contexts) != napi_ok) {
    free(contexts);
    return;
  }
  if (export_with(env, exports, "gcmOpen", gcm_open, contexts))
    export_with(env, exports, "gcmSeal", gcm_seal, contexts);
}
