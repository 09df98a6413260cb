// Whether two things take equally long: Welch's t of samples of each, taken by turns. Below 4.5 nobody
// tells them apart by so many samples.
//
//   Sample known, unknown;
//   known.Add(us);  unknown.Add(us);  ...
//   CHECK(Welch(known, unknown) < kAlike);
#ifndef MUNIMENT_TESTS_BENCH_WELCH_H_
#define MUNIMENT_TESTS_BENCH_WELCH_H_

#include <cmath>

namespace muniment::bench {

inline constexpr double kAlike = 4.5;

// Mean and variance, as samples come (Welford).
class Sample {
 public:
  void Add(double value) {
    const double off = value - mean_;
    mean_ += off / ++count_;
    squares_ += off * (value - mean_);
  }
  double mean() const { return mean_; }
  double error() const { return squares_ / (count_ - 1) / count_; }

 private:
  double count_ = 0, mean_ = 0, squares_ = 0;
};

inline double Welch(const Sample& a, const Sample& b) {
  return std::abs(a.mean() - b.mean()) / std::sqrt(a.error() + b.error());
}

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_WELCH_H_
