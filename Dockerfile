# The image that releases are made of; goreleaser puts the binaries into the build's context.
# A file system with nothing but the binary, the authorities that GitHub's certificate is checked with, and room for
# temporary files.
FROM --platform=$BUILDPLATFORM alpine:3.22 AS files
RUN mkdir -p /image/tmp /image/work /image/etc/ssl/certs \
 && chmod 1777 /image/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
ARG TARGETPLATFORM
COPY --from=files /image/ /
COPY $TARGETPLATFORM/keyproof /usr/bin/keyproof
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/bin/keyproof"]
CMD ["check"]
