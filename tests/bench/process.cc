#include "tests/bench/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace muniment::bench {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& words, const Values& environment, std::string log)
    : log_(std::move(log)) {
  std::vector<std::string> arguments = words, variables;
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  for (const auto& [name, value] : environment) variables.push_back(absl::StrCat(name, "=", value));
  const std::vector<char*> argv = Pointers(arguments), envp = Pointers(variables);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(out, 1);
  dup2(out, 2);
  execve(argv[0], argv.data(), envp.data());
  _exit(127);
}

Process::~Process() {
  if (pid_ == 0) return;
  Signal(SIGTERM);
  Wait();
}

bool Process::Ended() {
  if (pid_ != 0 && waitpid(pid_, &status_, WNOHANG) != 0) pid_ = 0;
  return pid_ == 0;
}

void Process::Signal(int signal) {
  if (pid_ != 0) kill(pid_, signal);
}

int Process::Wait() {
  if (pid_ != 0) waitpid(pid_, &status_, 0);
  pid_ = 0;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

std::string Process::Said() const {
  std::ifstream in(log_);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace muniment::bench
