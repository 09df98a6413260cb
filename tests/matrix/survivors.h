// Changes of rules that change nothing, and why (survivors.txt): "<method>: <change> = <reason>",
// in which `*` stands for any text.
#ifndef MUNIMENT_TESTS_MATRIX_SURVIVORS_H_
#define MUNIMENT_TESTS_MATRIX_SURVIVORS_H_

#include <string>
#include <vector>

namespace muniment::matrix {

class Survivors {
 public:
  // A line that gives no reason fails the test.
  Survivors();

  // Whether that is to be expected of "zitadel.user.v2.UserService.AddKey: no field".
  bool Expects(const std::string& mutant);
  // Lines by which nothing was expected so far.
  std::vector<std::string> Unused() const;

 private:
  struct Line {
    std::string pattern;
    bool used = false;
  };
  std::vector<Line> lines_;
};

}  // namespace muniment::matrix

#endif  // MUNIMENT_TESTS_MATRIX_SURVIVORS_H_
