// A world in which domains show what a test says.
//
//   FakeProver prover;
//   prover.Show("acme.com", event::v1::DOMAIN_PROOF_DNS, token);
//   CHECK(prover.asked().size() == 1);
#ifndef MUNIMENT_TESTS_COMMAND_FAKE_PROVER_H_
#define MUNIMENT_TESTS_COMMAND_FAKE_PROVER_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "command/domain_proof.h"

namespace muniment::command {

class FakeProver final : public DomainProver {
 public:
  void Ask(DomainQuestion question,
           absl::AnyInvocable<void(absl::StatusOr<bool>)> done) override {
    absl::StatusOr<bool> answer = false;
    {
      absl::MutexLock lock(&mutex_);
      answer = shown_.contains(Key(question.domain, question.proof, question.token));
      if (!refusal_.ok()) answer = refusal_;
      asked_.push_back(std::move(question));
    }
    done(std::move(answer));
  }

  void Show(const std::string& domain, event::v1::DomainProof proof, const std::string& token) {
    absl::MutexLock lock(&mutex_);
    shown_.insert(Key(domain, proof, token));
  }
  // From here on nothing is looked for; OK takes it back.
  void Refuse(absl::Status refusal) {
    absl::MutexLock lock(&mutex_);
    refusal_ = std::move(refusal);
  }
  std::vector<DomainQuestion> asked() const {
    absl::MutexLock lock(&mutex_);
    return asked_;
  }

 private:
  static std::string Key(const std::string& domain, event::v1::DomainProof proof,
                         const std::string& token) {
    return absl::StrCat(static_cast<int>(proof), " ", domain, " ", token);
  }

  mutable absl::Mutex mutex_;
  std::set<std::string> shown_ ABSL_GUARDED_BY(mutex_);
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  std::vector<DomainQuestion> asked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_FAKE_PROVER_H_
