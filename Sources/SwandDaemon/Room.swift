// SwandDaemon
