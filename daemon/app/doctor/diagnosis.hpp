#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall {

enum class verdict : std::uint8_t {
    ok,
    warn,  ///< it works, and may soon not
    fail,
    skip,  ///< not looked at, for a reason
};

/// What one step of `rollcall doctor` has come to. Holds no secret and no personal data.
struct finding {
    verdict is = verdict::ok;
    std::string step;    ///< what was looked at: `kafka`, `source demo: clock`
    std::string seen;    ///< what was seen there; of `skip`: why it was not looked at
    std::string advice;  ///< what to do, of `warn` and `fail`; else empty
};

/// One line, and a second one with what to do where there is something.
std::string to_text(const finding& of);
/// `{"verdict":"fail","step":...,"seen":...,"advice":...}` on one line.
std::string to_json(const finding& of);

/// What all the steps have come to: each is told as soon as it is known. One thread.
class diagnosis {
public:
    explicit diagnosis(std::function<void(const finding&)> tell) : tell_{std::move(tell)} {}

    void add(const finding& found);
    void ok(std::string step, std::string seen);
    void warn(std::string step, std::string seen, std::string advice);
    void fail(std::string step, std::string seen, std::string advice);
    void skip(std::string step, std::string why);
    /// `step` stands on another one, which has failed or was skipped itself.
    void skip_for(std::string step, std::string_view other);

    /// Whether there is anything to stand on: false where that step has failed or was skipped.
    bool holds(std::string_view step) const { return !fallen_.contains(step); }
    bool any_failed() const { return any_failed_; }

private:
    std::function<void(const finding&)> tell_;
    std::set<std::string, std::less<>> fallen_;
    bool any_failed_ = false;
};

}  // namespace rollcall
