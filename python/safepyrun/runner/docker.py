class DockerEngine: pass
