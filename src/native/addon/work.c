#include "addon.h"

#include <stdlib.h>

static void execute(napi_env env, void *data) {
  (void)env;
  struct work *work = data;
  work->execute(work);
}

static void complete(napi_env env, napi_status status, void *data) {
  struct work *work = data;
  napi_value value = NULL;
  if (status == napi_ok)
    value = work->finish == NULL ? number(env, (double)work->result) : work->finish(env, work);
  /* While the environment ends nothing can be settled any more. */
  bool taken = value != NULL && napi_resolve_deferred(env, work->deferred, value) == napi_ok;
  if (!taken && status == napi_ok && work->discard != NULL)
    work->discard(work);
  napi_delete_async_work(env, work->handle);
  free(work);
}

napi_value start_work(napi_env env, struct work *work, const char *name) {
  napi_value promise = NULL, resource_name;
  if (napi_create_string_latin1(env, name, NAPI_AUTO_LENGTH, &resource_name) != napi_ok ||
      napi_create_async_work(env, NULL, resource_name, execute, complete, work, &work->handle) != napi_ok) {
    free(work);
    napi_throw_error(env, "ENOMEM", "Cannot start the work");
    return NULL;
  }
  if (napi_create_promise(env, &work->deferred, &promise) != napi_ok ||
      napi_queue_async_work(env, work->handle) != napi_ok) {
    napi_delete_async_work(env, work->handle);
    free(work);
    napi_throw_error(env, "ENOMEM", "Cannot start the work");
    return NULL;
  }
  return promise;
}
