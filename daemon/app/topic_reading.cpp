#include "app/topic_reading.hpp"

#include "app/progress_bar.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr milliseconds question{10'000};
constexpr milliseconds patience{20'000};

struct span {
    std::int64_t from = 0;
    std::int64_t next = 0;
    std::int64_t to = 0;
    std::optional<timestamp> until;
    bool is_read() const { return next >= to; }
};
using spans = std::map<std::pair<std::string, std::int32_t>, span>;

error_code plan(partition_reader& reader, const topic_stretch& what, spans& into)
{
    const auto count = reader.partition_count(what.topic, question);
    if (!count)
        return count.error();
    for (std::int32_t p = 0; p < *count; ++p) {
        if (what.partitions && !what.partitions->contains(p))
            continue;
        const auto from = reader.offset_at(what.topic, p, what.since, question);
        if (!from)
            return from.error();
        const auto marks = reader.query_watermarks(what.topic, p, question);
        if (!marks)
            return marks.error();
        const auto first = std::max(*from, marks->low);
        if (first < marks->high)
            into[{what.topic, p}] = {first, first, marks->high, what.until};
    }
    return {};
}

// The whole of it, and how much of it is behind us.
class reading {
public:
    reading(spans all, const std::function<void(const consumed_record&)>& take)
        : spans_{std::move(all)}, take_{take}
    {
        for (const auto& [where, one] : spans_) {
            total_ += static_cast<std::uint64_t>(one.to - one.from);
            ++unread_;
        }
    }

    std::vector<topic_partition> positions() const
    {
        std::vector<topic_partition> all;
        for (const auto& [where, one] : spans_)
            all.push_back({where.first, where.second, one.from});
        return all;
    }
    bool is_over() const { return unread_ == 0; }

    // False where it was nothing that goes on.
    bool take(const polled& came)
    {
        if (const auto* record = std::get_if<consumed_record>(&came)) {
            auto* const in = find(record->topic(), record->partition());
            if (in == nullptr || in->is_read())
                return true;
            if (!in->until || record->at() < *in->until)
                take_(*record);
            advance(*in, record->offset() + 1);
            return true;
        }
        const auto* end = std::get_if<end_of_partition>(&came);
        auto* const in = end != nullptr ? find(end->topic, end->partition) : nullptr;
        if (in == nullptr)
            return false;
        advance(*in, end->offset);
        return in->is_read();
    }

private:
    span* find(std::string_view topic, std::int32_t partition)
    {
        if (last_ == nullptr || last_topic_ != topic || last_partition_ != partition) {
            const auto it = spans_.find({std::string{topic}, partition});
            last_ = it == spans_.end() ? nullptr : &it->second;
            last_topic_ = topic;
            last_partition_ = partition;
        }
        return last_;
    }
    void advance(span& in, std::int64_t to)
    {
        if (in.is_read())
            return;
        const auto before = std::exchange(in.next, std::max(in.next, std::min(to, in.to)));
        done_ += static_cast<std::uint64_t>(in.next - before);
        unread_ -= in.is_read() ? 1 : 0;
        shown_.show(done_, total_);
    }

    spans spans_;
    const std::function<void(const consumed_record&)>& take_;
    std::size_t unread_ = 0;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    progress_bar shown_;
    // Records of one partition come many in a row.
    span* last_ = nullptr;
    std::string last_topic_;
    std::int32_t last_partition_ = -1;
};

}  // namespace

error_code read_stretches(
    partition_reader& reader,
    const std::vector<topic_stretch>& all,
    const std::function<void(const consumed_record&)>& take
)
{
    spans planned;
    for (const auto& each : all)
        if (const auto ec = plan(reader, each, planned))
            return ec;
    reading at{std::move(planned), take};
    if (at.is_over())
        return {};
    if (const auto ec = reader.assign(at.positions()))
        return ec;
    for (auto until = steady_clock::now() + patience; !at.is_over();) {
        const auto came = reader.poll(200ms);
        if (const auto* ec = std::get_if<error_code>(&came); ec && classify(*ec) != reaction::retry)
            return *ec;
        if (at.take(came))
            until = steady_clock::now() + patience;
        else if (steady_clock::now() >= until)
            return errc::kafka_timed_out;
    }
    return reader.assign({});
}

}  // namespace rollcall
