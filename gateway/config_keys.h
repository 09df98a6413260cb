// Every key of the configuration, once: its C++ name, its name in files, what it holds, what it is
// without being set, where it is shown, and what it is for. Files, environment variables, flags,
// checks, help and `muniment config` are all made from this list.
//
// A key "FirstInstance.Org.Name" is nested in YAML, MUNIMENT_FIRSTINSTANCE_ORG_NAME in the
// environment, and --first-instance.org.name as a flag. Secrets have no flag: other users of a
// machine can read the arguments of a process.
#ifndef MUNIMENT_GATEWAY_CONFIG_KEYS_H_
#define MUNIMENT_GATEWAY_CONFIG_KEYS_H_

namespace muniment::gateway {

enum class KeyType {
  kText,
  kSwitch,    // true or false
  kCount,     // a whole number of at least 0
  kBytes,     // "512MiB"
  kDuration,  // "1m30s"
  kTime,      // RFC 3339
  kList,      // a YAML list, or texts with commas between
  kHost,      // a host name or an IP address
  kNetworks,  // such a list of IP addresses and networks: "10.0.0.0/8"
  kOrigins,   // such a list of origins: "https://app.example.com"; or *
};

enum class KeyClass {
  kMain,    // in the help of `start`
  kMore,    // in `muniment config`
  kSecret,  // as kMore, masked, and no flag
};

// X(C++ name, name, type, default, class, help)
#define MUNIMENT_CONFIG_KEYS(X)                                                                    \
  X(Address, "Address", kList, "127.0.0.1,::1", kMain,                                             \
    "Addresses to listen on; 0.0.0.0 or :: for every one of the machine.")                         \
  X(Port, "Port", kCount, "8080", kMain, "The port that everything is served on; 0 takes a free "  \
    "one.")                                                                                        \
  X(ExternalDomain, "ExternalDomain", kHost, "localhost", kMain,                                   \
    "The host name that people use. The first instance is reached by it; one that stands gets it "  \
    "when it is set, beside those that it has.")                                                    \
  X(ExternalPort, "ExternalPort", kCount, "0", kMain,                                              \
    "The port that people use; 0: the one listened on.")                                           \
  X(ExternalSecure, "ExternalSecure", kSwitch, "false", kMain,                                     \
    "Whether people reach it by https.")                                                           \
  X(DataDir, "DataDir", kText, "muniment-data", kMain,                                             \
    "The directory of the log, the read models and, unless given, the master key. Each node "       \
    "has its own.")                                                                                \
  X(PostgresUrl, "Store.Postgres.URL", kText, "", kSecret,                                         \
    "PostgreSQL that keeps the log, for any number of nodes: a libpq URL or connection string. "   \
    "Without it the log stands in DataDir, for this node alone.")                                  \
  X(PostgresSchema, "Store.Postgres.Schema", kText, "muniment", kMore,                             \
    "The log's schema in that database, made when it is missing.")                                 \
  X(PostgresReaders, "Store.Postgres.Readers", kCount, "4", kMore,                                 \
    "Connections for reading, opened when they are needed; one appends and one listens beside "    \
    "them.")                                                                                       \
  X(MaxStaleness, "Store.MaxStaleness", kDuration, "30s", kMore,                                   \
    "For how long reads are answered, with their age, while PostgreSQL is away.")                  \
  X(Snapshot, "Snapshot", kText, "", kMore,                                                        \
    "File that `muniment snapshot` wrote; a node without read models starts from it.")             \
  X(TlsCertPath, "TLS.CertPath", kText, "", kMain,                                                 \
    "Certificate chain in PEM; with TLS.KeyPath the port speaks TLS.")                             \
  X(TlsKeyPath, "TLS.KeyPath", kText, "", kMain, "Private key in PEM.")                            \
  X(MasterKeyPath, "MasterKeyPath", kText, "", kMain,                                              \
    "File with the master key; by default master.key in DataDir, made at the first start.")        \
  X(MasterKey, "MasterKey", kText, "", kSecret,                                                    \
    "The master key itself: 32 bytes as 64 hex digits or in base64.")                              \
  X(TrustedProxies, "TrustedProxies", kNetworks, "", kMore,                                        \
    "Networks (CIDR) whose Forwarded and X-Forwarded-* headers are believed.")                     \
  X(MetricsNetworks, "Metrics.Networks", kNetworks, "127.0.0.0/8,::1", kMore,                      \
    "Networks (CIDR) whose clients may read /metrics; empty for none.")                            \
  X(CorsOrigins, "CORS.Origins", kOrigins, "*", kMore,                                                \
    "Origins whose pages may call; * for all. Calls carry tokens, never cookies.")                 \
  X(MaxRequestBytes, "Limits.MaxRequestBytes", kBytes, "4MiB", kMore,                              \
    "The largest body of a call.")                                                                 \
  X(MaxConnections, "Limits.MaxConnections", kCount, "20000", kMore,                               \
    "Connections at once; further ones are closed. Fewer where the process may open few files.")   \
  X(CallTimeout, "Limits.CallTimeout", kDuration, "60s", kMore,                                    \
    "The longest a call may take, whatever its client asks.")                                      \
  X(SequenceTimeout, "Limits.SequenceTimeout", kDuration, "5s", kMore,                             \
    "The longest a read waits for the sequence it names.")                                         \
  X(DrainTimeout, "Limits.DrainTimeout", kDuration, "20s", kMore,                                  \
    "How long calls under way may take to end when the server stops.")                             \
  X(IoThreads, "Workers.Io", kCount, "0", kMore, "Threads that serve connections; 0: by cores.")   \
  X(CommandWorkers, "Workers.Command", kCount, "0", kMore,                                         \
    "Threads that decide commands; 0: by cores.")                                                  \
  X(QueryWorkers, "Workers.Query", kCount, "0", kMore,                                             \
    "Threads that answer lists; 0: by cores.")                                                     \
  X(HashWorkers, "Workers.Hash", kCount, "0", kMore,                                               \
    "Threads that hash passwords; 0: by cores.")                                                   \
  X(CacheBytes, "CacheBytes", kBytes, "128MiB", kMore,                                             \
    "Memory for blocks of the log and the read models together.")                                  \
  X(LogLevel, "Log.Level", kText, "info", kMain, "debug, info, warn or error.")                    \
  X(LogFormat, "Log.Format", kText, "text", kMain, "text or json.")                                \
  X(SmtpHost, "SMTP.Host", kText, "", kMore,                                                       \
    "The mail server, with its port where that is not 587. Without a provider mail goes no "       \
    "further than /debug/mail on this machine.")                                                   \
  X(SmtpTls, "SMTP.TLS", kSwitch, "true", kMore,                                                   \
    "Whether the connection must be encrypted: on port 465 at once, else by STARTTLS.")            \
  X(SmtpUser, "SMTP.User", kText, "", kMore, "The login at the mail server; empty for none.")      \
  X(SmtpPassword, "SMTP.Password", kText, "", kSecret, "The password of that login.")              \
  X(SmtpFrom, "SMTP.From", kText, "", kMore, "The address that mail comes from.")                  \
  X(SmtpFromName, "SMTP.FromName", kText, "", kMore, "The name beside that address.")              \
  X(SmtpReplyTo, "SMTP.ReplyToAddress", kText, "", kMore, "Where answers go; empty: to the sender.") \
  X(MailEndpoint, "Mail.HTTP.Endpoint", kText, "", kMore,                                          \
    "A provider that mail is posted to instead, as JSON.")                                         \
  X(MailSigningKey, "Mail.HTTP.SigningKey", kText, "", kSecret,                                    \
    "With what those requests are signed (ZITADEL-Signature).")                                    \
  X(SmsEndpoint, "SMS.HTTP.Endpoint", kText, "", kMore,                                            \
    "The provider that SMS are posted to; without one they go where mail goes without one.")       \
  X(SmsSigningKey, "SMS.HTTP.SigningKey", kText, "", kSecret,                                      \
    "With what those requests are signed.")                                                        \
  X(Attestation, "WebAuthn.Attestation", kText, "none", kMore,                                     \
    "What new passkeys and security keys show of their make: none; direct, which is asked for and "  \
    "recorded; or trusted, which WebAuthn.RootsPath must certify.")                                \
  X(AttestationRoots, "WebAuthn.RootsPath", kText, "", kMore,                                      \
    "Certificates in PEM that trusted makes are certified under; every node has the same.")        \
  X(OutboundNetworks, "Outbound.AllowedNetworks", kNetworks, "", kMore,                            \
    "Networks (CIDR) that providers and webhooks may stand in although they are not public.")      \
  X(DnsServers, "DNS.Servers", kList, "", kMore,                                                   \
    "Name servers that are asked when a domain is proved, addresses with a port where that is not "  \
    "53; empty: the system's.")                                                                     \
  X(FirstSkip, "FirstInstance.Skip", kSwitch, "false", kMore,                                      \
    "Start without making a first instance.")                                                      \
  X(InstanceName, "FirstInstance.InstanceName", kText, "Muniment", kMore,                          \
    "The first instance's name.")                                                                  \
  X(DefaultLanguage, "FirstInstance.DefaultLanguage", kText, "en", kMore,                          \
    "Its language (BCP 47), one of those that are supported.")                                     \
  X(WebKeyType, "FirstInstance.WebKeys.Type", kText, "rsa", kMore,                                 \
    "With what it signs tokens until somebody says otherwise: rsa (RS256, which every client "       \
    "verifies), ecdsa (ES256) or ed25519 (EdDSA).")                                                 \
  X(OrgName, "FirstInstance.Org.Name", kText, "Muniment", kMore,                                   \
    "The default organization's name.")                                                            \
  X(HumanUserName, "FirstInstance.Org.Human.UserName", kText, "admin", kMore,                      \
    "The administrator's user name.")                                                              \
  X(HumanFirstName, "FirstInstance.Org.Human.FirstName", kText, "First", kMore,                    \
    "The administrator's given name.")                                                             \
  X(HumanLastName, "FirstInstance.Org.Human.LastName", kText, "Administrator", kMore,              \
    "The administrator's family name.")                                                            \
  X(HumanEmail, "FirstInstance.Org.Human.Email.Address", kText, "", kMore,                         \
    "The administrator's address; by default the user name at the organization's domain.")         \
  X(HumanEmailVerified, "FirstInstance.Org.Human.Email.Verified", kSwitch, "true", kMore,          \
    "Whether that address counts as proved.")                                                      \
  X(HumanLanguage, "FirstInstance.Org.Human.PreferredLanguage", kText, "en", kMore,                \
    "The administrator's language (BCP 47).")                                                      \
  X(HumanPassword, "FirstInstance.Org.Human.Password", kText, "", kSecret,                         \
    "The administrator's password; without one it is made up and printed once.")                   \
  X(HumanPasswordChange, "FirstInstance.Org.Human.PasswordChangeRequired", kSwitch, "true", kMore, \
    "Whether the administrator sets a new password at the first login.")                           \
  X(MachineUsername, "FirstInstance.Org.Machine.Machine.Username", kText, "admin-machine", kMore,  \
    "User name of the machine that programs administer with; empty makes none.")                   \
  X(MachineName, "FirstInstance.Org.Machine.Machine.Name", kText, "Administration by programs",    \
    kMore, "The machine's name.")                                                                  \
  X(PatExpiration, "FirstInstance.Org.Machine.Pat.ExpirationDate", kTime,                          \
    "9999-12-31T23:59:59Z", kMore, "When the machine's personal access token ends.")               \
  X(MachineKeyType, "FirstInstance.Org.Machine.MachineKey.Type", kText, "", kMore,                 \
    "json, or 1, gives the machine a key beside the token, which it signs in by; so does each of the " \
    "other two keys about it.")                                                                     \
  X(MachineKeyExpiration, "FirstInstance.Org.Machine.MachineKey.ExpirationDate", kTime,            \
    "9999-12-31T23:59:59Z", kMore, "When that key ends.")                                           \
  X(LoginClientUsername, "FirstInstance.Org.LoginClient.Machine.Username", kText, "", kMore,       \
    "User name of a machine for a login that stands elsewhere, with the role IAM_LOGIN_CLIENT; "     \
    "empty makes none.")                                                                            \
  X(LoginClientName, "FirstInstance.Org.LoginClient.Machine.Name", kText, "", kMore,               \
    "That machine's name; by default its user name.")                                              \
  X(LoginClientPatExpiration, "FirstInstance.Org.LoginClient.Pat.ExpirationDate", kTime,           \
    "9999-12-31T23:59:59Z", kMore, "When that machine's personal access token ends.")               \
  X(PatPath, "FirstInstance.PatPath", kText, "", kMore,                                            \
    "The file that gets the machine's token; by default admin.pat in DataDir.")                    \
  X(MachineKeyPath, "FirstInstance.MachineKeyPath", kText, "", kMore,                              \
    "The file that gets the machine's key, JSON as AddKey answers it; by default admin-key.json in " \
    "DataDir.")                                                                                    \
  X(LoginClientPatPath, "FirstInstance.LoginClientPatPath", kText, "", kMore,                      \
    "The file that gets the token of the login's machine; by default login-client.pat in DataDir.")

enum class Key {
#define X(id, name, type, fallback, key_class, help) k##id,
  MUNIMENT_CONFIG_KEYS(X)
#undef X
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CONFIG_KEYS_H_
