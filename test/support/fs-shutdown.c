/* fs-shutdown FOLDER: its file system stops here and now, as if its disk had been pulled out (ext4, XFS). */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)
/* without writing the journal first */
#define NO_LOG_FLUSH 2

int main(int count, char **words) {
  uint32_t flags = NO_LOG_FLUSH;
  if (count != 2) return 2;
  int folder = open(words[1], O_RDONLY);
  if (folder < 0 || ioctl(folder, SHUTDOWN, &flags) != 0) {
    perror(words[1]);
    return 1;
  }
  return 0;
}
