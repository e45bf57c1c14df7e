/* The options, and the loop that reads commands. The process ends with its standard input. */
#include "peer.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SYSCTLS 32

struct peer_options options = {
    .out_streams = 16, .in_streams = 2048, .receive_buffer = 1 << 20, .send_buffer = 2 << 20, .mode = MODE_REPORT};

static const char *sysctl_texts[MAX_SYSCTLS];
static int sysctl_count;

static const struct option names[] = {
    {"local", required_argument, NULL, 'l'},       {"port", required_argument, NULL, 'p'},
    {"udp-port", required_argument, NULL, 'u'},    {"streams", required_argument, NULL, 'o'},
    {"in-streams", required_argument, NULL, 'i'},  {"receive-buffer", required_argument, NULL, 'r'},
    {"send-buffer", required_argument, NULL, 's'}, {"udp-buffer", required_argument, NULL, 'b'},
    {"mode", required_argument, NULL, 'm'},        {"listen", no_argument, NULL, 'L'},
    {"sysctl", required_argument, NULL, 'y'},      {"spare", required_argument, NULL, 'S'},
    {NULL, 0, NULL, 0},
};

static void usage(void) {
  fprintf(stderr, "peer: see test/interop/usrsctp/README.md for its options\n");
  exit(2);
}

static void take_option(int option, char *value) {
  switch (option) {
    case 'l':
      if (options.local_count == MAX_ADDRESSES) usage();
      if (parse_address(value, 0, &options.local[options.local_count++]) != 0) usage();
      break;
    case 'S':
      if (options.spare_count == MAX_ADDRESSES) usage();
      if (parse_address(value, 0, &options.spare[options.spare_count++]) != 0) usage();
      break;
    case 'p': options.port = (uint16_t)atoi(value); break;
    case 'u': options.udp_port = (uint16_t)atoi(value); break;
    case 'o': options.out_streams = (uint16_t)atoi(value); break;
    case 'i': options.in_streams = (uint16_t)atoi(value); break;
    case 'r': options.receive_buffer = atoi(value); break;
    case 's': options.send_buffer = atoi(value); break;
    case 'b': options.udp_buffer = atoi(value); break;
    case 'm':
      options.mode = strcmp(value, "echo") == 0 ? MODE_ECHO : strcmp(value, "sink") == 0 ? MODE_SINK : MODE_REPORT;
      break;
    case 'L': options.listen = 1; break;
    case 'y':
      if (sysctl_count == MAX_SYSCTLS) usage();
      sysctl_texts[sysctl_count++] = value;
      break;
    default: usage();
  }
}

static void apply_sysctl(const char *assignment) {
  char name[64] = {0};
  const char *equals = strchr(assignment, '=');
  if (equals == NULL || (size_t)(equals - assignment) >= sizeof name) usage();
  memcpy(name, assignment, (size_t)(equals - assignment));
  if (set_sysctl(name, (uint32_t)strtoul(equals + 1, NULL, 10)) != 0) {
    fprintf(stderr, "peer: no such setting, or not this value: %s\n", assignment);
    exit(2);
  }
}

int main(int count, char **values) {
  char line[4096];
  int option;
  while ((option = getopt_long(count, values, "", names, NULL)) != -1) take_option(option, optarg);
  if (options.local_count == 0 || options.port == 0 || options.udp_port == 0) usage();
  for (int i = 0; i < options.local_count; i++) options.local[i].v4.sin_port = htons(options.port);
  stack_init();
  for (int i = 0; i < sysctl_count; i++) apply_sysctl(sysctl_texts[i]);
  stack_open();
  receive_start();
  emit("\"event\":\"ready\",\"port\":%u,\"udpPort\":%u,\"pid\":%d", options.port, options.udp_port, getpid());
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (run_command(line) != 0) emit("\"event\":\"error\",\"call\":\"command\",\"errno\":0,\"message\":\"malformed\"");
  }
  /* At once and without a farewell to the peer: whoever wants one asks for it before. */
  _exit(0);
}
