// What PostgreSQL says no to for good, told apart from what passes: a password or a database that is
// not there stays wrong until somebody changes it, while a server that starts, is full, or cannot be
// reached is worth waiting for.
//
//   absl::Status lost = MarkRefused(UnavailableError(text), sqlstate);
//   if (IsRefused(lost)) ...  // waiting does not mend it
//
// The mark is for whoever opens a store; it changes neither code nor reason, so that a node that runs
// treats both alike. Thread-safe.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_REFUSAL_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_REFUSAL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/postgres/options.h"

namespace muniment::eventstore {

absl::Status MarkRefused(absl::Status status, absl::string_view sqlstate);
bool IsRefused(const absl::Status& status);

// Of a failed connection, from libpq's verbose message (PQERRORS_VERBOSE), which may tell of several
// hosts: it is refused when all of them refused it. The text has no codes and places in it. What
// libpq says of a URL that it does not understand repeats the URL: then it is as CheckUrl's.
absl::Status ConnectError(absl::string_view message);

// INVALID_ARGUMENT "store.url" for what libpq does not understand, for a bare word, which it takes
// for the name of a database, and for a password whose special characters make it part of what
// libpq shows. It says nothing of the text.
absl::Status CheckUrl(const std::string& url);

// INVALID_ARGUMENT "store.schema_name": it stands in SQL, as it is.
absl::Status CheckSchemaName(absl::string_view schema);

// Both, before anything is sent anywhere. Whoever opens a log that a person has named begins here.
absl::Status CheckAddress(const PostgresOptions& options);

// FAILED_PRECONDITION "store.refused" for what is marked, else as it was.
absl::Status AsRefusal(const absl::Status& status);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_REFUSAL_H_
