# docker build -t rollcall .                               (or buildah; --build-arg BASE=... for another Debian 12 or 13)
# docker build --target package --output . .               the Debian package, for the base's Debian
ARG BASE=docker.io/library/debian:bookworm-slim

FROM $BASE AS build
WORKDIR /src
# The packages first: they change seldom.
COPY dev ./
RUN ./dev install build package && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY config config
COPY daemon daemon
COPY docs docs
COPY packaging packaging
COPY systemd systemd
# What has been compiled once, wherever, is not compiled again.
ARG CCACHE_DIR=/root/.cache/ccache
ENV CCACHE_BASEDIR=/ CCACHE_NOHASHDIR=1
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DROLLCALL_TESTS=OFF && cmake --build --preset release \
 && cmake --install build/release --strip && (cd build/release && cpack)
# Which packages the program's libraries are in, whatever this Debian calls them.
RUN ldd /usr/bin/rollcall | sed -n 's:.* => .*/\([^ ]*\).*:*/\1:p' \
 | xargs dpkg-query --search | cut -d: -f1 | sort -u >/runtime-packages

FROM scratch AS package
COPY --from=build /src/build/release/package/*.deb /

FROM $BASE
COPY --from=build /runtime-packages /runtime-packages
RUN apt-get update \
 && xargs apt-get install -y --no-install-recommends ca-certificates </runtime-packages \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf/*-old /runtime-packages \
 && groupadd --gid 10001 rollcall \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin rollcall \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/rollcall
COPY --from=build /usr/bin/rollcall /usr/bin/rollcall
COPY --from=build /usr/share/rollcall /usr/share/rollcall
USER 10001:10001
VOLUME ["/var/lib/rollcall"]
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
# Not ready for a minute, as while it restores, is no sickness; later on it is.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/rollcall", "health"]
ENTRYPOINT ["/usr/bin/rollcall"]
CMD ["serve"]
