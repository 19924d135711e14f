# The image that releases are made of; goreleaser puts the binaries into the build's context.
# A file system with nothing but the binary, the authorities that GitHub's certificate is checked with, and room for
# temporary files.
# The digest is that of alpine:3.22; dependabot renews both.
FROM --platform=$BUILDPLATFORM alpine:3.22@sha256:14358309a308569c32bdc37e2e0e9694be33a9d99e68afb0f5ff33cc1f695dce AS files
RUN mkdir -p /image/tmp /image/work /image/etc/ssl/certs \
 && chmod 1777 /image/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
ARG TARGETPLATFORM
COPY --from=files /image/ /
COPY $TARGETPLATFORM/keyproof /usr/bin/keyproof
COPY LICENSE THIRD-PARTY-NOTICES.txt /usr/share/doc/keyproof/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/bin/keyproof"]
CMD ["check"]
