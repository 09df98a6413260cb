// Preloaded into a node, makes its wall clock wrong by SHIFTED_CLOCK_SECONDS: what asks for the time
// of day gets it shifted, what waits until a time of day has that shifted back. Clocks that only
// count go as ever.
//
//   LD_PRELOAD=libshifted_clock.so SHIFTED_CLOCK_SECONDS=-3600 muniment start
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

// A clock that counts from the machine's start stays far below, one that tells the day far above.
constexpr time_t kSomeDay = 1'000'000'000;

time_t Shift() {
  static const time_t seconds = [] {
    const char* const text = getenv("SHIFTED_CLOCK_SECONDS");
    return text == nullptr ? 0 : static_cast<time_t>(atol(text));
  }();
  return seconds;
}

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool TellsTheDay(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

// The kernel's time for a time of day of ours.
timespec Back(const timespec* time) {
  timespec back = *time;
  if (back.tv_sec > kSomeDay) back.tv_sec -= Shift();
  return back;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto next = Next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = next(clock, time);
  if (result == 0 && TellsTheDay(clock)) time->tv_sec += Shift();
  return result;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  static const auto next = Next<int (*)(timeval*, void*)>("gettimeofday");
  const int result = next(time, zone);
  if (result == 0) time->tv_sec += Shift();
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  static const auto next =
      Next<int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
  const timespec back = Back(until);
  return next(condition, mutex, &back);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  static const auto next =
      Next<int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>(
          "pthread_cond_clockwait");
  const timespec back = Back(until);
  return next(condition, mutex, clock, &back);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  static const auto next =
      Next<int (*)(pthread_mutex_t*, const timespec*)>("pthread_mutex_timedlock");
  const timespec back = Back(until);
  return next(mutex, &back);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  static const auto next = Next<int (*)(sem_t*, const timespec*)>("sem_timedwait");
  const timespec back = Back(until);
  return next(semaphore, &back);
}

// What waits on a futex by itself: Abseil, the standard library's futures.
long syscall(long number, ...) noexcept {
  static const auto next = Next<long (*)(long, ...)>("syscall");
  long words[6];
  va_list list;
  va_start(list, number);
  for (long& word : words) word = va_arg(list, long);
  va_end(list);
  timespec back;
  const int operation = static_cast<int>(words[1]);
  if (number == SYS_futex && (operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && words[3] != 0) {
    back = Back(reinterpret_cast<const timespec*>(words[3]));
    words[3] = reinterpret_cast<long>(&back);
  }
  return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // extern "C"
