// The data keys under which personal fields are sealed: unwrapped, remembered for a while, made
// when somebody is written about for the first time, forgotten when he is erased (FORMAT.md, Data
// keys).
//
//   DataKeys keys(store, master);
//   codec.Decode(stored, keys);            // to read
//
//   CommitKeys sealing(keys);              // to write: one for each commit
//   codec.Encode(draft, sealing);          // for each of its events
//   commit.keys = sealing.Carried();
//   ... appended ...
//   sealing.Committed();                   // only after OK
//
// A new key belongs to nobody until a commit has brought it in. Commits under way at the same time
// for one new subject share it, and each carries it; when the last of them ends without success, it
// is wiped, and the next makes another. After an unknown outcome nothing is to be called: whether
// the key stands is read from the store.
//
// A stream's own key goes with the last event of the stream that expires, whoever remembers it. So
// whatever is sealed under one carries its record, and brings it back where it has gone meanwhile.
//
// After a commit that erases a subject, or on reading of one, call Erase: it wipes what is
// remembered and refuses the person from then on. A node that did not hear of it would still open
// old events. When the store has seen a new epoch (a shared log that lost its end) all is forgotten:
// a key that was remembered may stand nowhere.
//
// Threads: DataKeys is thread-safe; a CommitKeys belongs to one commit, and its calls do not
// overlap. DataKeys outlives every CommitKeys; the store and the master key outlive both.
// SealingKey and OpeningKey may read from the store and block as it does. Errors: the store's, the
// master key's (base/keyring.h); FAILED_PRECONDITION "keys.read_only" for a sealing key asked of
// DataKeys itself.
#ifndef MUNIMENT_EVENTSTORE_KEYS_H_
#define MUNIMENT_EVENTSTORE_KEYS_H_

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/keyring.h"
#include "eventstore/codec.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// A stored key, opened. The master key's errors; DATA_LOSS "store.damaged" for one that is none.
absl::StatusOr<OpenKey> UnwrapDataKey(const MasterKey& master, const DataKey& record);

struct DataKeysOptions {
  // Subjects whose keys are remembered, about 300 bytes each.
  size_t capacity = 100'000;
  // Bytes for ids and keys; the kernel's generator by default.
  std::function<std::string(size_t)> random = {};
};

class DataKeys final : public KeySource {
 public:
  DataKeys(EventStore& store, const MasterKey& master, DataKeysOptions options = {});

  absl::StatusOr<std::optional<OpenKey>> SealingKey(uint64_t instance,
                                                    absl::string_view subject) override;
  absl::StatusOr<std::optional<OpenKey>> OpeningKey(uint64_t instance,
                                                    absl::string_view key_id) override;

  // All keys of the subject are destroyed. A person is kept in mind, for he gets none again; a stream
  // is not: of those there are many, and nothing follows in it.
  void Erase(uint64_t instance, absl::string_view subject);

  // Subjects remembered, and keys that no commit has brought in yet.
  size_t remembered() const;
  size_t unfinished() const;

 private:
  friend class CommitKeys;
  using Name = std::pair<uint64_t, std::string>;  // instance; subject or key id
  struct Entry {
    Name subject;
    std::vector<OpenKey> keys;
    std::string wrapped;  // the first of them, where it is a stream's own
  };
  // Made, and in no commit that ended well so far.
  struct Unfinished {
    OpenKey key;
    DataKey record;
    int commits = 0;  // that carry it
  };

  // A key for the subject: one that stands, or the unfinished one, counted for one more commit.
  // `record` is what the commit has to carry of it.
  absl::StatusOr<std::optional<OpenKey>> KeyFor(uint64_t instance, absl::string_view subject,
                                                std::optional<DataKey>& record);
  absl::StatusOr<bool> Stands(const Name& subject);
  void Finish(const DataKey& record);
  void LetGo(const DataKey& record);

  void ForgetOtherEpochs() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Unfinished Make(const Name& subject) const;
  std::optional<OpenKey> Recall(const Name& subject, std::optional<DataKey>& record)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remember(const OpenKey& key, const DataKey& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(std::list<Entry>::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  EventStore& store_;
  const MasterKey& master_;
  const size_t capacity_;
  const std::function<std::string(size_t)> random_;

  mutable absl::Mutex mutex_;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // the last used first
  absl::flat_hash_map<Name, std::list<Entry>::iterator> by_subject_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Name, std::list<Entry>::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Name, Unfinished> unfinished_ ABSL_GUARDED_BY(mutex_);
  // Kept as long as the process lives: a commit under way may ask for a key after its erasure.
  absl::flat_hash_set<Name> erased_ ABSL_GUARDED_BY(mutex_);
  // A read that was under way during one may come back with what was destroyed: it is not remembered.
  uint64_t erasures_ ABSL_GUARDED_BY(mutex_) = 0;
};

class CommitKeys final : public KeySource {
 public:
  explicit CommitKeys(DataKeys& keys) : keys_(keys) {}
  ~CommitKeys() override;
  CommitKeys(const CommitKeys&) = delete;
  CommitKeys& operator=(const CommitKeys&) = delete;

  absl::StatusOr<std::optional<OpenKey>> SealingKey(uint64_t instance,
                                                    absl::string_view subject) override;
  absl::StatusOr<std::optional<OpenKey>> OpeningKey(uint64_t instance,
                                                    absl::string_view key_id) override;

  // Adds the subject whose keys the event destroys, when it was encoded, if it is of such a kind. A
  // stream that has no key of its own is not marked as one that lost it: there are many.
  absl::Status AddDestroyed(const Codec& codec, const EventDraft& draft,
                            std::vector<std::string>& subjects) const;
  // What the commit must carry: new keys, and those of streams.
  const std::vector<DataKey>& Carried() const { return records_; }
  // The commit stands in the log.
  void Committed();

 private:
  DataKeys& keys_;
  std::vector<DataKey> records_;
  // By subject: an event after the first of one commit gets the same key.
  absl::flat_hash_map<std::pair<uint64_t, std::string>, OpenKey> mine_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_KEYS_H_
