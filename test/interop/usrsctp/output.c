/* Events and replies: one JSON object a line, written whole, whichever thread speaks. */
#include "peer.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;

/* CLOCK_MONOTONIC, the clock of Node's process.hrtime: the two can be compared on one machine. */
uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The format is the inside of the object; the time is put before it. */
void emit(const char *format, ...) {
  va_list arguments;
  char *body = NULL;
  va_start(arguments, format);
  int length = vasprintf(&body, format, arguments);
  va_end(arguments);
  if (length < 0) abort();
  pthread_mutex_lock(&output_lock);
  printf("{\"at\":%llu,%s}\n", (unsigned long long)now_ns(), body);
  int failed = fflush(stdout);
  pthread_mutex_unlock(&output_lock);
  free(body);
  /* Nobody reads us any more. */
  if (failed) _exit(0);
}

void emit_error(const char *call, int error) {
  emit("\"event\":\"error\",\"call\":\"%s\",\"errno\":%d,\"message\":\"%s\"", call, error, strerror(error));
}

void fail(const char *call, int error) {
  emit_error(call, error);
  _exit(3);
}

const char *hex(const void *bytes, size_t length, char *into) {
  const uint8_t *from = bytes;
  for (size_t i = 0; i < length; i++) sprintf(into + 2 * i, "%02x", from[i]);
  into[2 * length] = 0;
  return into;
}
