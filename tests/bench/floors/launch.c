// Starts a command again and again and says how long each run took: the stopwatch of the
// benchmarks, small enough that a process of half a millisecond is not blurred by it.
//
//   launch [-n RUNS] [-p LANES] [-i STDIN] [-o STDOUT] -- COMMAND [ARG...]
//
// Each of LANES lanes runs the command RUNS times, one run after the other; lanes run side by side.
// "{}" in ARG and STDIN stands for the lane's number. Prints one JSON object.
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

enum { k_most_lanes = 64 };

struct lane {
  char** argv;
  posix_spawn_file_actions_t files;
  pid_t pid;
  int runs_left;
  double started;
};

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static _Noreturn void give_up(const char* what) {
  perror(what);
  exit(125);
}

static char* with_number(const char* text, int number) {
  const char* mark = strstr(text, "{}");
  char* made = NULL;
  const int length = mark == NULL
                         ? asprintf(&made, "%s", text)
                         : asprintf(&made, "%.*s%d%s", (int)(mark - text), text, number, mark + 2);
  if (length < 0) {
    give_up("asprintf");
  }
  return made;
}

static void prepare(struct lane* lane, int number, int runs, char** command, const char* input,
                    const char* output) {
  int count = 0;
  while (command[count] != NULL) {
    ++count;
  }
  lane->argv = calloc((size_t)count + 1, sizeof *lane->argv);
  if (lane->argv == NULL) {
    give_up("calloc");
  }
  for (int i = 0; i < count; ++i) {
    lane->argv[i] = with_number(command[i], number);
  }
  lane->runs_left = runs;
  posix_spawn_file_actions_init(&lane->files);
  posix_spawn_file_actions_addopen(&lane->files, 0, with_number(input, number), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&lane->files, 1, with_number(output, number),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
}

static void start(struct lane* lane) {
  --lane->runs_left;
  lane->started = now_us();
  if (posix_spawn(&lane->pid, lane->argv[0], &lane->files, NULL, lane->argv, environ) != 0) {
    give_up(lane->argv[0]);
  }
}

static int by_value(const void* left, const void* right) {
  const double a = *(const double*)left;
  const double b = *(const double*)right;
  return (a > b) - (a < b);
}

// What all runs took together.
struct totals {
  double* times;
  int done;
  int failure;
  long peak_kib;
  double cpu_us;
};

static double in_us(struct timeval time) {
  return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

// Waits for one run to end and starts the next one of its lane.
static void take_turn(struct lane* lanes, struct totals* totals) {
  int status;
  struct rusage usage;
  const pid_t pid = wait4(-1, &status, 0, &usage);
  const double ended = now_us();
  if (pid < 0) {
    give_up("wait4");
  }
  struct lane* lane = lanes;
  while (lane->pid != pid) {
    ++lane;
  }
  totals->times[totals->done++] = ended - lane->started;
  if (lane->runs_left > 0) {
    start(lane);
  }
  if (status != 0) {
    totals->failure = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  totals->peak_kib = usage.ru_maxrss > totals->peak_kib ? usage.ru_maxrss : totals->peak_kib;
  totals->cpu_us += in_us(usage.ru_utime) + in_us(usage.ru_stime);
}

int main(int argc, char** argv) {
  int runs = 1;
  int lanes = 1;
  const char* input = "/dev/null";
  const char* output = "/dev/null";
  for (int option; (option = getopt(argc, argv, "+n:p:i:o:")) != -1;) {
    switch (option) {
    case 'n':
      runs = atoi(optarg);
      break;
    case 'p':
      lanes = atoi(optarg);
      break;
    case 'i':
      input = optarg;
      break;
    case 'o':
      output = optarg;
      break;
    default:
      return 2;
    }
  }
  if (optind >= argc || runs < 1 || lanes < 1 || lanes > k_most_lanes) {
    fputs("usage: launch [-n RUNS] [-p LANES] [-i STDIN] [-o STDOUT] -- COMMAND...\n", stderr);
    return 2;
  }
  static struct lane all[k_most_lanes];
  struct totals totals = {.times = calloc((size_t)(runs * lanes), sizeof(double))};
  if (totals.times == NULL) {
    give_up("calloc");
  }
  for (int i = 0; i < lanes; ++i) {
    prepare(&all[i], i, runs, argv + optind, input, output);
  }

  const double began = now_us();
  for (int i = 0; i < lanes; ++i) {
    start(&all[i]);
  }
  while (totals.done < runs * lanes) {
    take_turn(all, &totals);
  }
  const double total = now_us() - began;

  qsort(totals.times, (size_t)totals.done, sizeof(double), by_value);
  printf("{\"runs\": %d, \"min_us\": %.1f, \"median_us\": %.1f, \"max_us\": %.1f, "
         "\"total_us\": %.1f, \"cpu_us\": %.1f, \"peak_kib\": %ld, \"exit\": %d}\n",
         totals.done, totals.times[0], totals.times[totals.done / 2], totals.times[totals.done - 1],
         total, totals.cpu_us, totals.peak_kib, totals.failure);
  return 0;
}
