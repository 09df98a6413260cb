#include "base/links.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace muniment {

namespace {

using api::policy::v1::Privacy;
using event::v1::Link;
using event::v1::PrivacyPolicy;

constexpr absl::string_view kMailto = "mailto:";

const Link* Find(const PrivacyPolicy& policy, event::v1::LinkType type) {
  for (const Link& link : policy.links()) {
    if (link.type() == type) return &link;
  }
  return nullptr;
}

std::string UrlOf(const PrivacyPolicy& policy, event::v1::LinkType type) {
  const Link* link = Find(policy, type);
  return link == nullptr ? std::string() : link->url();
}

// Null where there is none from then on.
Link* Put(event::v1::LinkType type, const std::string& url, PrivacyPolicy* policy) {
  auto* links = policy->mutable_links();
  for (int i = 0; i < links->size(); ++i) {
    if (links->Get(i).type() != type) continue;
    if (url.empty()) {
      links->DeleteSubrange(i, 1);
      return nullptr;
    }
    links->Mutable(i)->set_url(url);
    return links->Mutable(i);
  }
  if (url.empty()) return nullptr;
  Link* link = links->Add();
  link->set_type(type);
  link->set_url(url);
  return link;
}

}  // namespace

zitadel::settings::v2::LinkSettings LinksOf(const PrivacyPolicy& policy) {
  zitadel::settings::v2::LinkSettings settings;
  for (const Link& from : policy.links()) {
    auto& link = *settings.add_links();
    link.set_type(static_cast<zitadel::settings::v2::LinkType>(from.type()));
    link.set_url(from.url());
    link.set_translation_key(from.translation_key());
    link.set_target(static_cast<zitadel::settings::v2::LinkTarget>(from.target()));
  }
  return settings;
}

PrivacyPolicy PolicyOf(
    const google::protobuf::RepeatedPtrField<zitadel::settings::v2::Link>& links) {
  PrivacyPolicy policy;
  for (const auto& from : links) {
    Link& link = *policy.add_links();
    link.set_type(static_cast<event::v1::LinkType>(from.type()));
    link.set_url(from.url());
    link.set_translation_key(from.translation_key());
    link.set_target(static_cast<event::v1::LinkTarget>(from.target()));
  }
  return policy;
}

Privacy OneOfEach(const PrivacyPolicy& policy) {
  Privacy privacy;
  privacy.set_tos_link(UrlOf(policy, event::v1::LINK_TYPE_TERMS_OF_SERVICE));
  privacy.set_privacy_link(UrlOf(policy, event::v1::LINK_TYPE_PRIVACY_POLICY));
  privacy.set_help_link(UrlOf(policy, event::v1::LINK_TYPE_HELP));
  privacy.set_docs_link(UrlOf(policy, event::v1::LINK_TYPE_DOCS));
  const std::string support = UrlOf(policy, event::v1::LINK_TYPE_SUPPORT);
  absl::string_view address = support;
  if (absl::ConsumePrefix(&address, kMailto)) privacy.set_support_email(std::string(address));
  if (const Link* custom = Find(policy, event::v1::LINK_TYPE_CUSTOM); custom != nullptr) {
    privacy.set_custom_link(custom->url());
    privacy.set_custom_link_text(custom->translation_key());
  }
  return privacy;
}

PrivacyPolicy WithOneOfEach(PrivacyPolicy policy, const Privacy& said) {
  Put(event::v1::LINK_TYPE_TERMS_OF_SERVICE, said.tos_link(), &policy);
  Put(event::v1::LINK_TYPE_PRIVACY_POLICY, said.privacy_link(), &policy);
  Put(event::v1::LINK_TYPE_HELP, said.help_link(), &policy);
  // A link to a page of support has no place in the older form, which must not lose it.
  const bool a_page = OneOfEach(policy).support_email().empty() &&
                      Find(policy, event::v1::LINK_TYPE_SUPPORT) != nullptr;
  if (!said.support_email().empty()) {
    Put(event::v1::LINK_TYPE_SUPPORT, absl::StrCat(kMailto, said.support_email()), &policy);
  } else if (!a_page) {
    Put(event::v1::LINK_TYPE_SUPPORT, "", &policy);
  }
  Put(event::v1::LINK_TYPE_DOCS, said.docs_link(), &policy);
  Link* custom = Put(event::v1::LINK_TYPE_CUSTOM, said.custom_link(), &policy);
  if (custom != nullptr) custom->set_translation_key(said.custom_link_text());
  return policy;
}

}  // namespace muniment
