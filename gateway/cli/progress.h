// How far a long step has come: a line on standard error that is written over, from the second
// second on, with what is left. Where that is no terminal, a line every ten seconds.
//
//   Progress progress("reading");
//   progress.Show(done, total);
//   progress.End();
//
// One thread.
#ifndef MUNIMENT_GATEWAY_CLI_PROGRESS_H_
#define MUNIMENT_GATEWAY_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace muniment::gateway {

class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress() { End(); }

  void Show(uint64_t done, uint64_t total);
  void End();

 private:
  const std::string what_;
  const bool terminal_;
  const absl::Time began_;
  absl::Time next_;
  bool shown_ = false;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_PROGRESS_H_
