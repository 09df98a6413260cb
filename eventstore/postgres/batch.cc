#include "eventstore/postgres/batch.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "eventstore/envelope.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {
namespace {

using Type = BinaryArray::Type;

std::string InInstance(uint64_t instance, absl::string_view name) {
  std::string key;
  AppendU64(key, instance);
  key.append(name.data(), name.size());
  return key;
}

absl::Status CheckOwnKeys(const Commit& commit) {
  absl::flat_hash_map<absl::string_view, const DataKey*> own;
  for (const DataKey& key : commit.keys) {
    if (SameKey(*own.try_emplace(key.id, &key).first->second, key)) continue;
    return Error(absl::StatusCode::kInternal, "store.commit_invalid", "A data key stands twice.");
  }
  return absl::OkStatus();
}

// The arrays of append_v1, letter by letter.
struct Arrays {
  BinaryArray instances{Type::kInt8};
  BinaryArray c_instance{Type::kInt4}, c_events{Type::kInt4};
  BinaryArray r_command{Type::kInt4}, r_stream{Type::kBytes}, r_version{Type::kInt8};
  BinaryArray w_command{Type::kInt4}, w_stream{Type::kBytes}, w_version{Type::kInt8};
  BinaryArray e_command{Type::kInt4}, e_index{Type::kInt4}, e_stream{Type::kBytes};
  BinaryArray e_version{Type::kInt8}, e_keep{Type::kInt2}, e_body{Type::kBytes};
  BinaryArray t_command{Type::kInt4}, t_order{Type::kInt4}, t_stream{Type::kBytes};
  BinaryArray t_slot{Type::kBytes}, t_key{Type::kBytes}, t_doomed{Type::kBool};
  BinaryArray g_command{Type::kInt4}, g_order{Type::kInt4}, g_stream{Type::kBytes};
  BinaryArray g_slot{Type::kBytes};
  BinaryArray f_command{Type::kInt4}, f_stream{Type::kBytes}, f_slot{Type::kBytes};
  BinaryArray f_key{Type::kBytes};
  BinaryArray k_command{Type::kInt4}, k_id{Type::kBytes}, k_subject{Type::kBytes};
  BinaryArray k_wrapped{Type::kBytes};
  BinaryArray x_command{Type::kInt4}, x_subject{Type::kBytes};
  BinaryArray l_command{Type::kInt4}, l_name{Type::kBytes}, l_term{Type::kInt8};

  void AddStreams(uint32_t number, const PendingCommit& pending) {
    for (size_t i = 0; i < pending.streams.size(); ++i) {
      r_command.AddInt(number);
      r_stream.AddBytes(pending.streams[i]);
      r_version.AddInt(pending.commit.reads[i].version);
      if (!pending.Writes(i)) continue;
      w_command.AddInt(number);
      w_stream.AddBytes(pending.streams[i]);
      w_version.AddInt(pending.new_versions[i]);
    }
  }

  void AddEvents(uint32_t number, const PendingCommit& pending) {
    for (size_t i = 0; i < pending.commit.events.size(); ++i) {
      const NewEvent& event = pending.commit.events[i];
      e_command.AddInt(number);
      e_index.AddInt(i + 1);
      e_stream.AddBytes(pending.streams[pending.checked.read_of_event[i]]);
      e_version.AddInt(pending.versions[i]);
      e_keep.AddInt(static_cast<uint64_t>(event.keep));
      e_body.AddBytes(event.body);
    }
  }

  void AddClaims(uint32_t number, const PendingCommit& pending) {
    for (const ClaimPlan::Take& take : pending.claims.takes) {
      t_command.AddInt(number);
      t_order.AddInt(take.order);
      t_stream.AddBytes(pending.streams[take.read]);
      t_slot.AddBytes(take.slot);
      t_key.AddBytes(take.key);
      t_doomed.AddInt(take.doomed ? 1 : 0);
    }
    for (const ClaimPlan::Give& give : pending.claims.gives) {
      g_command.AddInt(number);
      g_order.AddInt(give.order);
      g_stream.AddBytes(pending.streams[give.read]);
      if (give.slot.has_value()) {
        g_slot.AddBytes(*give.slot);
      } else {
        g_slot.AddNull();
      }
    }
    for (const ClaimPlan::Final& claim : pending.claims.finals) {
      f_command.AddInt(number);
      f_stream.AddBytes(pending.streams[claim.read]);
      f_slot.AddBytes(claim.slot);
      f_key.AddBytes(claim.key);
    }
  }

  void AddKeys(uint32_t number, const Commit& commit) {
    for (const DataKey& key : commit.keys) {
      k_command.AddInt(number);
      k_id.AddBytes(key.id);
      k_subject.AddBytes(key.subject);
      k_wrapped.AddBytes(key.wrapped);
    }
    for (const std::string& subject : commit.erased_subjects) {
      x_command.AddInt(number);
      x_subject.AddBytes(subject);
    }
  }

  void AddFence(uint32_t number, const Commit& commit) {
    if (!commit.fence.has_value()) return;
    l_command.AddInt(number);
    l_name.AddBytes(commit.fence->lease);
    l_term.AddInt(commit.fence->term);
  }

  void MoveTo(Params& params) {
    for (BinaryArray* array :
         {&instances, &c_instance, &c_events,  &r_command, &r_stream,  &r_version, &w_command,
          &w_stream,  &w_version,  &e_command, &e_index,   &e_stream,  &e_version, &e_keep,
          &e_body,    &t_command,  &t_order,   &t_stream,  &t_slot,    &t_key,     &t_doomed,
          &g_command, &g_order,    &g_stream,  &g_slot,    &f_command, &f_stream,  &f_slot,
          &f_key,     &k_command,  &k_id,      &k_subject, &k_wrapped, &x_command, &x_subject,
          &l_command, &l_name,     &l_term}) {
      params.AddArray(std::move(*array));
    }
  }
};

absl::Status Refusal(uint64_t verdict, absl::string_view slot) {
  if (verdict == 1) return ConflictError();
  if (verdict == 2) return ClaimTakenError(slot);
  if (verdict == 4) return FencedError();
  return Error(absl::StatusCode::kInternal, "store.commit_invalid", "A data key stands twice.");
}

// Instances by the place at which they first occur.
using InstanceIndex = absl::flat_hash_map<uint64_t, uint32_t>;

uint32_t IndexOf(InstanceIndex& index, uint64_t instance) {
  return index.try_emplace(instance, static_cast<uint32_t>(index.size())).first->second;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PendingCommit>> PrepareCommit(Commit commit, CommitDone& done) {
  ASSIGN_OR_RETURN(CheckedCommit checked, CheckCommit(commit));
  RETURN_IF_ERROR(CheckOwnKeys(commit));
  auto pending = std::make_unique<PendingCommit>();
  for (const ReadVersion& read : commit.reads) {
    pending->streams.push_back(EncodeStream(read.stream));
    pending->new_versions.push_back(read.version);
  }
  for (const uint32_t read : checked.read_of_event) {
    pending->versions.push_back(++pending->new_versions[read]);
  }
  pending->claims = PlanClaims(commit, checked);
  pending->commit = std::move(commit);
  pending->checked = std::move(checked);
  pending->done = std::move(done);
  return pending;
}

bool BatchRules::Admit(const PendingCommit& pending) {
  const bool admitted = !Touches(pending);
  Remember(pending);
  if (!admitted) {
    for (const std::string& stream : pending.streams) waiting_reads_.insert(stream);
  }
  return admitted;
}

bool BatchRules::Touches(const PendingCommit& pending) const {
  const uint64_t instance = pending.commit.instance;
  for (size_t i = 0; i < pending.streams.size(); ++i) {
    if (written_.contains(pending.streams[i])) return true;
    if (pending.Writes(i) && waiting_reads_.contains(pending.streams[i])) return true;
  }
  for (const ClaimPlan::Take& take : pending.claims.takes) {
    if (claims_.contains(InInstance(instance, take.key))) return true;
  }
  for (const DataKey& key : pending.commit.keys) {
    if (erased_.contains(InInstance(instance, key.subject))) return true;
    const auto other = keys_.find(InInstance(instance, key.id));
    if (other != keys_.end() && !SameKey(*other->second, key)) return true;
  }
  for (const std::string& subject : pending.commit.erased_subjects) {
    const std::string name = InInstance(instance, subject);
    if (key_subjects_.contains(name) || erased_.contains(name)) return true;
  }
  return false;
}

void BatchRules::Remember(const PendingCommit& pending) {
  const uint64_t instance = pending.commit.instance;
  for (size_t i = 0; i < pending.streams.size(); ++i) {
    if (pending.Writes(i)) written_.insert(pending.streams[i]);
  }
  for (const ClaimPlan::Take& take : pending.claims.takes) {
    claims_.insert(InInstance(instance, take.key));
  }
  for (const DataKey& key : pending.commit.keys) {
    keys_.try_emplace(InInstance(instance, key.id), &key);
    key_subjects_.insert(InInstance(instance, key.subject));
  }
  for (const std::string& subject : pending.commit.erased_subjects) {
    erased_.insert(InInstance(instance, subject));
  }
}

uint32_t LevelOf(const Commit& commit) {
  uint32_t level = 1;
  for (const NewEvent& event : commit.events) {
    store::v1::Body body;
    if (body.ParseFromString(event.body)) level = std::max(level, body.level());
  }
  return level;
}

Params EncodeBatch(absl::string_view node, uint64_t number, std::optional<absl::Time> now,
                   const Batch& batch) {
  Params params;
  params.AddBytes(node);
  params.AddInt8(number);
  params.AddInt8OrNull(now.has_value() ? std::optional(absl::ToUnixMicros(*now)) : std::nullopt);
  Arrays arrays;
  InstanceIndex index;
  for (size_t i = 0; i < batch.size(); ++i) {
    const PendingCommit& pending = *batch[i];
    const uint32_t command = static_cast<uint32_t>(i + 1);
    const uint32_t instance = IndexOf(index, pending.commit.instance);
    if (instance == arrays.instances.size()) arrays.instances.AddInt(pending.commit.instance);
    arrays.c_instance.AddInt(instance + 1);
    arrays.c_events.AddInt(pending.commit.events.size());
    arrays.AddStreams(command, pending);
    arrays.AddEvents(command, pending);
    arrays.AddClaims(command, pending);
    arrays.AddKeys(command, pending.commit);
    arrays.AddFence(command, pending.commit);
  }
  arrays.MoveTo(params);
  return params;
}

Verdicts ParseVerdicts(const Rows& rows) {
  Verdicts verdicts;
  if (rows.size() != 1 || rows.Int(0, 0) == 0) return verdicts;
  verdicts.ran = true;
  verdicts.verdicts = rows.Ints(0, 1);
  verdicts.slots = rows.ByteArrays(0, 2);
  verdicts.position = rows.Int(0, 3);
  verdicts.sequences = rows.Ints(0, 4);
  verdicts.stamp = absl::FromUnixMicros(static_cast<int64_t>(rows.Int(0, 5)));
  verdicts.epoch = rows.Int(0, 6);
  return verdicts;
}

BatchResult ApplyVerdicts(const Verdicts& verdicts, Batch& batch) {
  BatchResult result;
  result.position = verdicts.position;
  InstanceIndex index;
  std::vector<uint64_t> sequences = verdicts.sequences;
  sequences.resize(std::max(sequences.size(), batch.size()));
  size_t refused = 0;
  std::shared_ptr<StoredEvent> newest;
  for (size_t i = 0; i < batch.size(); ++i) {
    Commit& commit = batch[i]->commit;
    uint64_t& sequence = sequences[IndexOf(index, commit.instance)];
    const uint64_t verdict = i < verdicts.verdicts.size() ? verdicts.verdicts[i] : 1;
    if (verdict != 0) {
      const bool named = verdict == 2 && refused < verdicts.slots.size();
      result.results.push_back(Refusal(verdict, named ? verdicts.slots[refused] : ""));
      refused += verdict == 2 ? 1 : 0;
      continue;
    }
    Committed committed{.position = result.position,
                        .first_sequence = sequence,
                        .last_sequence = sequence,
                        .created_at = verdicts.stamp};
    if (!commit.events.empty()) {
      committed.first_sequence = sequence + 1;
      committed.position = result.position += commit.events.size();
      committed.last_sequence = sequence += commit.events.size();
      newest = std::make_shared<StoredEvent>();
      newest->position = result.position;
      newest->instance = commit.instance;
      newest->sequence = sequence;
      newest->created_at = verdicts.stamp;
      newest->keep = commit.events.back().keep;
      newest->body = std::move(commit.events.back().body);
    }
    result.results.push_back(committed);
  }
  result.newest = std::move(newest);
  return result;
}

}  // namespace muniment::eventstore
