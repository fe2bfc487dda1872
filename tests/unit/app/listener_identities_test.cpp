#include "app/listener_identities.hpp"

#include "settings/tls_files.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

namespace rollcall {
namespace {

using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
namespace fs = std::filesystem;

TEST(SettledChange, IsAChangeThatLasts)
{
    const file_stamps a{{.number = 1}};
    const file_stamps b{{.number = 2}};
    settled_change files;
    EXPECT_FALSE(files.look(a));
    EXPECT_TRUE(files.look(a)) << "they may have changed before the first look";
    EXPECT_FALSE(files.look(a));
    EXPECT_FALSE(files.look(b)) << "may be half of it";
    EXPECT_TRUE(files.look(b));
    EXPECT_FALSE(files.look(b)) << "told already";
    EXPECT_FALSE(files.look(a));
    EXPECT_FALSE(files.look(b)) << "back before it settled";
    EXPECT_FALSE(files.look(b));
}

// A listener whose files a test changes.
class ListenerIdentities : public testing::Test {
protected:
    test::temp_dir directory;
    const test::authority ours;
    settings with;
    std::vector<std::string> remarks;
    boost::asio::io_context io;
    std::unique_ptr<listener_identities> all;

    std::string file(const std::string& name) const { return directory.path() / name; }

    void store(const test::identity& own)
    {
        write_file(file("c.pem"), own.certificate);
        write_file(file("k.pem"), own.key);
    }
    void start(const std::string& certificate = "c.pem", const std::string& key = "k.pem")
    {
        tls_settings tls;
        tls.certificate_file = file(certificate);
        tls.key_file = file(key);
        with.listen = {{"127.0.0.1:1", *read_tls_files(tls, wall_clock())}};
        all = std::make_unique<listener_identities>(with);
        after_two_looks();
        all->watch(io, [this](std::string what) { remarks.push_back(std::move(what)); });
    }
    // A change is taken over at the second look.
    http::tls_context after_two_looks()
    {
        all->look(wall_clock());
        all->look(wall_clock());
        return all->all().front()->current();
    }
};

TEST_F(ListenerIdentities, AreEmptyWithoutTls)
{
    with.listen = {{"127.0.0.1:1"}};
    all = std::make_unique<listener_identities>(with);
    ASSERT_EQ(all->all().size(), 1U);
    EXPECT_EQ(all->all().front()->current(), nullptr);
}

TEST_F(ListenerIdentities, StayAsLongAsTheFilesDo)
{
    store(ours.issue("DNS:a"));
    start();
    const auto first = all->all().front()->current();
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(after_two_looks(), first);
}

TEST_F(ListenerIdentities, FollowFilesThatAreWrittenAnew)
{
    store(ours.issue("DNS:a"));
    start();
    const auto first = all->all().front()->current();
    store(ours.issue("DNS:b"));
    EXPECT_NE(after_two_looks(), first);
    EXPECT_THAT(remarks, IsEmpty());
}

TEST_F(ListenerIdentities, FollowFilesThatAreRenamedOver)
{
    store(ours.issue("DNS:a"));
    start();
    const auto first = all->all().front()->current();
    const auto next = ours.issue("DNS:b");
    write_file(file("c.new"), next.certificate);
    write_file(file("k.new"), next.key);
    fs::rename(file("c.new"), file("c.pem"));
    fs::rename(file("k.new"), file("k.pem"));
    EXPECT_NE(after_two_looks(), first);
}

// As Kubernetes mounts a secret: its files are links through `..data`, which is swapped as a whole.
TEST_F(ListenerIdentities, FollowALinkThatIsSwapped)
{
    for (const auto* name : {"..1", "..2"}) {
        const auto own = ours.issue("DNS:a");
        fs::create_directory(file(name));
        write_file(file(name) + "/tls.crt", own.certificate);
        write_file(file(name) + "/tls.key", own.key);
    }
    fs::create_symlink("..1", file("..data"));
    fs::create_symlink("..data/tls.crt", file("tls.crt"));
    fs::create_symlink("..data/tls.key", file("tls.key"));
    start("tls.crt", "tls.key");
    const auto first = all->all().front()->current();
    fs::create_symlink("..2", file("..data_tmp"));
    fs::rename(file("..data_tmp"), file("..data"));
    EXPECT_NE(after_two_looks(), first);
}

TEST_F(ListenerIdentities, StayWhereTheNewPairIsFaultyAndSayWhy)
{
    store(ours.issue("DNS:a"));
    start();
    const auto first = all->all().front()->current();
    const auto next = ours.issue("DNS:b");
    write_file(file("c.pem"), next.certificate);
    EXPECT_EQ(after_two_looks(), first);
    ASSERT_THAT(remarks, ElementsAre(HasSubstr("the certificate of 127.0.0.1:1 is not renewed")));
    EXPECT_THAT(
        remarks.front(), AllOf(HasSubstr("does not belong"), Not(HasSubstr("PRIVATE KEY")))
    );
    EXPECT_EQ(after_two_looks(), first);
    EXPECT_EQ(remarks.size(), 1U) << "told once";

    write_file(file("k.pem"), next.key);
    EXPECT_NE(after_two_looks(), first);
    EXPECT_THAT(remarks, ElementsAre(testing::_, ""));
}

TEST_F(ListenerIdentities, AreTriedAgainWhereTheClockWasWrong)
{
    store(ours.issue("DNS:a"));
    start();
    const auto first = all->all().front()->current();
    store(ours.issue("DNS:b"));
    const auto before_it_begins = wall_clock() - std::chrono::hours{72};
    all->look(before_it_begins);
    all->look(before_it_begins);
    EXPECT_EQ(all->all().front()->current(), first);
    EXPECT_THAT(remarks, ElementsAre(HasSubstr("is not renewed")));
    EXPECT_NE(after_two_looks(), first);
    EXPECT_THAT(remarks, ElementsAre(testing::_, ""));
}

TEST_F(ListenerIdentities, TellWhatIsInForceToWhoKeepsTheSettings)
{
    store(ours.issue("DNS:a"));
    start();
    store(ours.issue("DNS:b"));
    const auto second = after_two_looks();
    all->tell(with);
    all->put_in_force(all->prepare(with));
    EXPECT_EQ(all->all().front()->current(), second) << "the former one has come back";
}

TEST_F(ListenerIdentities, StayWhereAFileIsGone)
{
    store(ours.issue("DNS:a"));
    start();
    const auto first = all->all().front()->current();
    fs::remove(file("c.pem"));
    EXPECT_EQ(after_two_looks(), first);
    EXPECT_THAT(remarks, ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(ListenerIdentities, ChangeWithTheSettings)
{
    store(ours.issue("DNS:a"));
    start();
    const auto first = all->all().front()->current();
    all->put_in_force(all->prepare(with));
    EXPECT_EQ(all->all().front()->current(), first) << "nothing has changed";
    with.listen.front().tls->only_1_3 = true;
    all->put_in_force(all->prepare(with));
    EXPECT_NE(all->all().front()->current(), first);
    with.listen.front().tls->key = "none";
    const auto second = all->all().front()->current();
    EXPECT_THROW(all->prepare(with), std::invalid_argument);
    EXPECT_EQ(all->all().front()->current(), second);
    with.listen.front().tls.reset();
    all->put_in_force(all->prepare(with));
    EXPECT_EQ(all->all().front()->current(), nullptr);
}

TEST_F(ListenerIdentities, WarnOfACertificateThatEndsSoonOnceADay)
{
    store(ours.issue("DNS:a"));  // for a day
    testing::internal::CaptureStderr();
    start();
    const auto now = wall_clock();
    all->look(now + std::chrono::hours{23});
    all->look(now + std::chrono::hours{25});
    all->look(now + std::chrono::hours{26});
    const auto log = testing::internal::GetCapturedStderr();
    std::size_t lines = 0;
    for (auto from = log.find("ends soon"); from != std::string::npos;
         from = log.find("ends soon", from + 1))
        ++lines;
    EXPECT_EQ(lines, 2U) << log;
}

}  // namespace
}  // namespace rollcall
