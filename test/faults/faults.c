/*
 * Preloaded into a program under test: counts the calls by which it changes anything below certain folders, and at a
 * chosen one ends the process (a write is then half done) or lets the call fail. Likewise the calls that only look.
 *
 * FAULTS_PREFIX   absolute folders, ':' between them
 * FAULTS_CONTROL  a file of at least 32 bytes, which test and program both look into:
 *                 at (0: never), what (0: end the process, else an errno), how long (0: this call, 1: from it on),
 *                 count of calls so far, how often it struck,
 *                 kinds (0: all that change something, 1: only fsync, 2: only writes, 3: those that look and read)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <dirent.h>
#include <unistd.h>

struct control {
  int32_t at, what, from_then_on, count, struck, kinds;
};
enum kind { OTHER, SYNC, WRITE, READ };

static struct control *control;
static const char *prefixes;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTS_CONTROL");
  prefixes = getenv("FAULTS_PREFIX");
  if (path == NULL || prefixes == NULL) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) control = mapped;
}

static int is_meant(const char *path) {
  for (const char *at = prefixes; at != NULL && *at != '\0';) {
    const char *end = strchrnul(at, ':');
    size_t length = (size_t)(end - at);
    if (strncmp(path, at, length) == 0 && (path[length] == '/' || path[length] == '\0')) return 1;
    at = *end == ':' ? end + 1 : end;
  }
  return 0;
}

static int of_fd(int fd, const char *rest, char *into) {
  char link[64], target[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = '\0';
  return snprintf(into, PATH_MAX, "%s%s", target, rest) < PATH_MAX;
}

static int is_path_meant(const char *path) {
  int fd, used = 0;
  char full[PATH_MAX];
  if (path == NULL) return 0;
  if (sscanf(path, "/proc/self/fd/%d%n", &fd, &used) == 1 && used > 0) return of_fd(fd, path + used, full) && is_meant(full);
  return is_meant(path);
}

static int is_fd_meant(int fd) {
  char full[PATH_MAX];
  return of_fd(fd, "", full) && is_meant(full);
}

static void end_here(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* 0: go on; -1: fail, errno is set; 1: do half of it, then end */
static int strike(enum kind kind) {
  if (control == NULL) return 0;
  if ((control->kinds == 3) != (kind == READ)) return 0;
  if (control->kinds == 1 && kind != SYNC) return 0;
  if (control->kinds == 2 && kind != WRITE) return 0;
  int32_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
  int32_t at = control->at;
  if (at == 0 || number < at || (number > at && !control->from_then_on)) return 0;
  __atomic_add_fetch(&control->struck, 1, __ATOMIC_SEQ_CST);
  if (control->what != 0) {
    errno = control->what;
    return -1;
  }
  if (kind == WRITE) return 1;
  end_here();
  return 0;
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, name)

#define WRAP(name, arguments, call, meant, kind) \
  int name arguments { \
    static int (*real) arguments; \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); \
    if (control != NULL && (meant) && strike(kind) < 0) return -1; \
    return real call; \
  }

WRAP(fsync, (int fd), (fd), is_fd_meant(fd), SYNC)
WRAP(fdatasync, (int fd), (fd), is_fd_meant(fd), SYNC)
WRAP(ftruncate, (int fd, off_t size), (fd, size), is_fd_meant(fd), OTHER)
WRAP(ftruncate64, (int fd, off64_t size), (fd, size), is_fd_meant(fd), OTHER)
WRAP(fchmod, (int fd, mode_t mode), (fd, mode), is_fd_meant(fd), OTHER)
WRAP(fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group), is_fd_meant(fd), OTHER)
WRAP(chmod, (const char *path, mode_t mode), (path, mode), is_path_meant(path), OTHER)
WRAP(futimens, (int fd, const struct timespec times[2]), (fd, times), is_fd_meant(fd), OTHER)
WRAP(rename, (const char *from, const char *to), (from, to), is_path_meant(from) || is_path_meant(to), OTHER)
WRAP(link, (const char *from, const char *to), (from, to), is_path_meant(to), OTHER)
WRAP(unlink, (const char *path), (path), is_path_meant(path), OTHER)
WRAP(rmdir, (const char *path), (path), is_path_meant(path), OTHER)
WRAP(mkdir, (const char *path, mode_t mode), (path, mode), is_path_meant(path), OTHER)
WRAP(symlink, (const char *target, const char *path), (target, path), is_path_meant(path), OTHER)

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(int, #name, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (control != NULL && is_path_meant(path) && strike((flags & O_CREAT) != 0 ? OTHER : READ) < 0) return -1; \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define WRITE_CALL(name, arguments, call, half) \
  ssize_t name arguments { \
    static ssize_t (*real) arguments; \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); \
    int struck = control != NULL && is_fd_meant(fd) ? strike(WRITE) : 0; \
    if (struck < 0) return -1; \
    if (struck > 0) { \
      if (half < 0) errno = 0; \
      end_here(); \
    } \
    return real call; \
  }
WRITE_CALL(write, (int fd, const void *bytes, size_t size), (fd, bytes, size), real(fd, bytes, size / 2))
WRITE_CALL(pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at), real(fd, bytes, size / 2, at))
WRITE_CALL(pwrite64, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at), real(fd, bytes, size / 2, at))

/* Looking is as frequent as it is slow to name what is looked at: not unless asked for. */
static int is_read_struck(int is_meant_here) { return is_meant_here && strike(READ) < 0; }
#define IS_READING (control != NULL && control->kinds == 3)

ssize_t read(int fd, void *into, size_t size) {
  REAL(ssize_t, "read", int, void *, size_t);
  return IS_READING && is_read_struck(is_fd_meant(fd)) ? -1 : real(fd, into, size);
}

ssize_t pread64(int fd, void *into, size_t size, off64_t at) {
  REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
  return IS_READING && is_read_struck(is_fd_meant(fd)) ? -1 : real(fd, into, size, at);
}

typedef int (*filter)(const struct dirent64 *);
typedef int (*order)(const struct dirent64 **, const struct dirent64 **);
int scandir64(const char *path, struct dirent64 ***into, filter chosen, order compare) {
  REAL(int, "scandir64", const char *, struct dirent64 ***, filter, order);
  return IS_READING && is_read_struck(is_path_meant(path)) ? -1 : real(path, into, chosen, compare);
}

/* libuv asks for the state of files in this way */
static int is_stat_struck(int fd, const char *path, int flags) {
  return is_read_struck((flags & AT_EMPTY_PATH) != 0 ? is_fd_meant(fd) : is_path_meant(path));
}

long syscall(long number, ...) {
  REAL(long, "syscall", long, ...);
  long words[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) words[i] = va_arg(rest, long);
  va_end(rest);
  if (IS_READING && number == SYS_statx && is_stat_struck((int)words[0], (const char *)words[1], (int)words[2])) return -1;
  return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
