#include "projections/clients.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "projections/database.h"
#include "projections/rows_by.h"

namespace muniment::projections {

using google::protobuf::Descriptor;
using google::protobuf::Message;

namespace {

template <typename Map>
typename Map::mapped_type FindIn(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? typename Map::mapped_type() : found->second;
}

}  // namespace

std::shared_ptr<const row::v1::Application> Clients::Find(uint64_t instance,
                                                          absl::string_view client_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return FindIn(facts_.by_client_id, Id(instance, client_id));
}

std::shared_ptr<const row::v1::ApplicationKey> Clients::Key(uint64_t instance,
                                                            absl::string_view application_id,
                                                            absl::string_view key_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return FindIn(facts_.keys, Id(instance, absl::StrCat(application_id, "/", key_id)));
}

std::vector<std::string> Clients::ClientIds(uint64_t instance, absl::string_view project_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = facts_.by_project.find(Id(instance, project_id));
  if (found == facts_.by_project.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::shared_ptr<const row::v1::WebKey> Clients::WebKey(uint64_t instance,
                                                       absl::string_view id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return FindIn(facts_.web_keys, Id(instance, id));
}

std::shared_ptr<const row::v1::WebKey> Clients::SigningKey(uint64_t instance) const {
  absl::ReaderMutexLock lock(&mutex_);
  return FindIn(facts_.signing, instance);
}

bool Clients::Holds(const Descriptor* row) {
  return row == row::v1::Application::descriptor() ||
         row == row::v1::ApplicationKey::descriptor() || row == row::v1::WebKey::descriptor();
}

void Clients::Apply(uint64_t instance, const Message& known, bool stands) {
  if (!Holds(known.GetDescriptor())) return;
  absl::MutexLock lock(&mutex_);
  facts_.Apply(instance, known, stands);
}

void Clients::Facts::Apply(uint64_t instance, const Message& known, bool stands) {
  const auto* type = known.GetDescriptor();
  if (type == row::v1::Application::descriptor()) {
    ApplyApplication(instance, static_cast<const row::v1::Application&>(known), stands);
  } else if (type == row::v1::ApplicationKey::descriptor()) {
    const auto& row = static_cast<const row::v1::ApplicationKey&>(known);
    const Id id(instance, absl::StrCat(row.application_id(), "/", row.id()));
    if (stands) {
      keys[id] = std::make_shared<const row::v1::ApplicationKey>(row);
    } else {
      keys.erase(id);
    }
  } else if (type == row::v1::WebKey::descriptor()) {
    ApplyWebKey(instance, static_cast<const row::v1::WebKey&>(known), stands);
  }
}

// Its client id comes with the second of its events and never changes.
void Clients::Facts::ApplyApplication(uint64_t instance, const row::v1::Application& row,
                                      bool stands) {
  if (row.client_id().empty()) return;
  const Id client(instance, row.client_id());
  const Id project(instance, row.project_id());
  if (stands) {
    by_client_id[client] = std::make_shared<const row::v1::Application>(row);
    by_project[project].insert(row.client_id());
    return;
  }
  by_client_id.erase(client);
  const auto others = by_project.find(project);
  if (others == by_project.end()) return;
  others->second.erase(row.client_id());
  if (others->second.empty()) by_project.erase(others);
}

void Clients::Facts::ApplyWebKey(uint64_t instance, const row::v1::WebKey& row, bool stands) {
  const Id id(instance, row.id());
  const auto signs = signing.find(instance);
  const bool signed_before = signs != signing.end() && signs->second->id() == row.id();
  if (signed_before) signing.erase(signs);
  if (!stands) {
    web_keys.erase(id);
    return;
  }
  const auto kept = std::make_shared<const row::v1::WebKey>(row);
  web_keys[id] = kept;
  if (row.state() == row::v1::WEB_KEY_STATE_ACTIVE) signing[instance] = kept;
}

absl::Status Clients::Load(View& view) {
  Facts facts;
  for (const uint64_t instance : view.instances()) {
    const auto apply = [&](const Message& row) { facts.Apply(instance, row, true); };
    RETURN_IF_ERROR(EachRow<row::v1::Application>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::ApplicationKey>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::WebKey>(view, instance, "", apply));
  }
  absl::MutexLock lock(&mutex_);
  facts_ = std::move(facts);
  return absl::OkStatus();
}

}  // namespace muniment::projections
