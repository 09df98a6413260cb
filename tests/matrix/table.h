// The matrix as it is written (README.md): cases, and what an answer is called there.
#ifndef MUNIMENT_TESTS_MATRIX_TABLE_H_
#define MUNIMENT_TESTS_MATRIX_TABLE_H_

#include <array>
#include <string>
#include <vector>

#include "tests/matrix/world.h"

namespace muniment::matrix {

inline constexpr std::array<const char*, 13> kCallers = {
    "nobody", "pia", "stan", "wim", "mac", "ann", "pam", "cora", "gus", "otto",
    "vera",   "ivan", "lena"};
inline constexpr size_t kPia = 1, kAnn = 5, kPam = 6, kGus = 8, kIvan = 11, kLena = 12;

struct Case {
  std::string name;  // "zitadel.user.v2.UserService/GetUserByID:self"
  const MethodDescriptor* method = nullptr;
  std::vector<std::string> permissions;  // all of them; empty: none
  bool roles = false;                    // they alone decide
  std::string letters;     // one for each of kCallers
  std::string request;
  std::vector<std::string> reasons;

  char refused() const { return letters[kPia]; }
  // Of the instance's owner, who may all but what is the login client's.
  char allowed() const { return letters[letters[kIvan] == refused() ? kLena : kIvan]; }
  bool Allows(size_t caller) const { return letters[caller] == '+' || letters[caller] == 'x'; }
};

// In the order of the files' names. A line that is none fails the test.
const std::vector<Case>& Cases();

// The letter of the answer; '?' for one that no case may have.
char LetterOf(const Case& asked, const Answer& answer);

// Asks the case of somebody of the first instance: "pia", or a role's name.
Answer Ask(World& world, const Case& asked, const std::string& who);

// Of the machine that has the role, what the case's permission says: whether its roles reach what
// the case is about is told by the letters of who owns that level.
char LetterOfRole(const Case& asked, const std::string& role);

}  // namespace muniment::matrix

#endif  // MUNIMENT_TESTS_MATRIX_TABLE_H_
