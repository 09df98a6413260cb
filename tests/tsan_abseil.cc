// Debian's Abseil is built without the thread sanitizer, which therefore sees none of its locks and
// calls all that they guard a race. Here its functions are told of: each one is wrapped by one that
// says to the sanitizer what it takes and what it gives. Linked into tests with the tsan preset, which
// hides __SANITIZE_THREAD__: Protobuf's headers would lay out maps otherwise than Debian's library.
#if defined(MUNIMENT_TSAN)
#include <dlfcn.h>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);

namespace {

template <class R, class... A>
R (*Real(const char* name, R (*)(A...)))
(A...) {
  return reinterpret_cast<R (*)(A...)>(dlsym(RTLD_NEXT, name));
}

// Taken when the wrapped function has returned.
class Taken {
 public:
  explicit Taken(void* address) : address_(address) {}
  ~Taken() { __tsan_acquire(address_); }

 private:
  void* address_;
};

// Conditions are asked with the mutex held, but inside the functions wrapped here.
class Unseen {
 public:
  Unseen() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
  ~Unseen() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
};

}  // namespace

// (result, name here, mangled name, parameters, arguments, what is given before, taken after)
#define WRAP(R, name, mangled, parameters, arguments, before, after) \
  extern "C" R name parameters __asm__(mangled);                     \
  extern "C" R name parameters {                                     \
    static const auto real = Real(mangled, &name);                   \
    before;                                                          \
    after;                                                           \
    return real arguments;                                           \
  }
#define TAKE const Taken taken(self)
#define GIVE __tsan_release(self)
#define MUTEX "_ZN4absl7debian35Mutex"

using absl::Condition;
using absl::CondVar;
using absl::Mutex;

WRAP(void, MutexLock_, MUTEX "4LockEv", (void* self), (self), , TAKE)
WRAP(void, MutexUnlock_, MUTEX "6UnlockEv", (void* self), (self), GIVE, )
WRAP(void, MutexReaderLock_, MUTEX "10ReaderLockEv", (void* self), (self), , TAKE)
WRAP(void, MutexReaderUnlock_, MUTEX "12ReaderUnlockEv", (void* self), (self), GIVE, )
WRAP(void, MutexAwait_, MUTEX "5AwaitERKNS0_9ConditionE", (void* self, const Condition& until),
     (self, until), GIVE, TAKE)
WRAP(void, MutexLockWhen_, MUTEX "8LockWhenERKNS0_9ConditionE",
     (void* self, const Condition& until), (self, until), , TAKE)
WRAP(bool, MutexAwaitTimeout_, MUTEX "16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE",
     (void* self, const Condition& until, absl::Duration timeout), (self, until, timeout), GIVE,
     TAKE)
WRAP(bool, MutexAwaitDeadline_, MUTEX "17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE",
     (void* self, const Condition& until, absl::Time deadline), (self, until, deadline), GIVE, TAKE)

// A wait gives the mutex back and takes it again.
WRAP(void, CondVarWait_, "_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE", (CondVar * var, Mutex* self),
     (var, self), GIVE, TAKE)
WRAP(bool, CondVarWaitTimeout_,
     "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
     (CondVar * var, Mutex* self, absl::Duration timeout), (var, self, timeout), GIVE, TAKE)
WRAP(bool, CondVarWaitDeadline_,
     "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE",
     (CondVar * var, Mutex* self, absl::Time deadline), (var, self, deadline), GIVE, TAKE)

WRAP(void, NotificationNotify_, "_ZN4absl7debian312Notification6NotifyEv", (void* self), (self),
     GIVE, )
WRAP(void, NotificationWait_, "_ZNK4absl7debian312Notification19WaitForNotificationEv",
     (void* self), (self), , TAKE)
WRAP(bool, CounterDecrement_, "_ZN4absl7debian315BlockingCounter14DecrementCountEv", (void* self),
     (self), GIVE, TAKE)
WRAP(void, CounterWait_, "_ZN4absl7debian315BlockingCounter4WaitEv", (void* self), (self), , TAKE)

WRAP(bool, ConditionEval_, "_ZNK4absl7debian39Condition4EvalEv", (const Condition* condition),
     (condition), const Unseen unseen, )

// What stays unseen: the books of Abseil's deadlock detector, and the counts of references that a
// status's message and payloads are shared by.
extern "C" const char* __tsan_default_suppressions() {
  return "race:GraphCycles\nrace:Status::Unref\nrace:status_internal::Payload\n";
}

#endif  // MUNIMENT_TSAN
