#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>

// libcurl sets and reads options by variadic functions, which Swift does not import. One function per type of value;
// the parentheses step around curl's type-checking macros, since the option is not a constant here.

static inline CURLcode flock_curl_set_long(CURL *handle, CURLoption option, long value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode flock_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode flock_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode flock_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode flock_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return (curl_easy_setopt)(handle, option, value);
}

typedef size_t (*flock_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode flock_curl_set_data_callback(CURL *handle, CURLoption option, flock_curl_data_callback value) {
  return (curl_easy_setopt)(handle, option, value);
}

typedef int (*flock_curl_request_callback)(
    void *context, char *remote_address, char *local_address, int remote_port, int local_port);

static inline CURLcode flock_curl_set_request_callback(
    CURL *handle, CURLoption option, flock_curl_request_callback value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLMcode flock_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return (curl_multi_setopt)(multi, option, value);
}

/// The next finished transfer, or NULL. `result` is how it ended.
static inline CURL *flock_curl_next_finished(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE) {
      *result = message->data.result;
      return message->easy_handle;
    }
  }
  return NULL;
}

static inline size_t flock_curl_pause_marker(void) { return CURL_WRITEFUNC_PAUSE; }
static inline int flock_curl_resume_bits(void) { return CURLPAUSE_CONT; }

#endif
